/** Whether the parts of this installation work, and since when, as far as this tab has seen. */

import { useQuery } from "@tanstack/vue-query";
import { shallowRef, watch } from "vue";
import { healthQuery } from "@/api/queries";
import { type Since, sinceAfter } from "@/ops/health";

const LOOK_MS = 5_000;
const since = shallowRef<ReadonlyMap<string, Since>>(new Map());

export function useHealth() {
  const health = useQuery({ ...healthQuery(), refetchInterval: LOOK_MS });
  watch(
    health.data,
    (seen) => {
      if (seen) since.value = sinceAfter(since.value, seen.checks);
    },
    { immediate: true },
  );
  return { health, since };
}
