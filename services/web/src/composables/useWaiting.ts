/** What an open request waits for; asked only while there is one. */

import { computed } from "vue";
import type { RequestStatus } from "@/api/types";
import { waitingOf } from "@/lineage/waiting";
import { useHealth } from "./useHealth";
import { useNow } from "./useNow";
import { useUsage } from "./useUsage";

const LOOK_MS = 5_000;

export function useWaiting(request: () => RequestStatus | undefined) {
  const { health, since } = useHealth();
  const usage = useUsage(LOOK_MS);
  const now = useNow();
  return computed(() => {
    const asked = request();
    if (!asked) return null;
    const component = `horizon:${asked.network}`;
    return waitingOf(
      {
        request: asked,
        check: health.data.value?.checks.find((check) => check.component === component),
        usage: usage.data.value?.sources.find(({ source, network }) => source === "horizon" && network === asked.network),
        since: since.value.get(component)?.at ?? null,
      },
      now.value,
    );
  });
}
