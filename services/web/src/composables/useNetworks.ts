/** The networks of this installation, read again sooner while something about the one that is looked at is not settled. */

import { useQuery } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, toValue } from "vue";
import { networksQuery } from "@/api/queries";
import type { NetworkList } from "@/api/types";

const SOON_MS = 2_000;
const QUIET_MS = 30_000;

export function useNetworks(current: MaybeRefOrGetter<string | null>) {
  const { data } = useQuery(() => {
    const name = toValue(current);
    return {
      ...networksQuery(),
      refetchInterval: ({ state }: { state: { data: NetworkList | undefined } }) =>
        unsettled(state.data, name) ? SOON_MS : QUIET_MS,
    };
  });
  return {
    networks: computed(() => data.value?.networks ?? []),
    standard: computed(() => data.value?.default ?? null),
  };
}

/** Whether it is being made, or nobody knows yet whether it can be reached: the server finds out once it is looked at. */
function unsettled(list: NetworkList | undefined, name: string | null): boolean {
  const state = list?.networks.find((network) => network.name === name)?.state;
  return state === "filling" || state === "unchecked";
}
