/** The networks of this installation, and the one the page is about. */

import { useQuery } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, toValue } from "vue";
import { networksQuery } from "@/api/queries";

const FILLING_MS = 2_000;
const QUIET_MS = 30_000;

export function useNetworks() {
  const { data, error } = useQuery({
    ...networksQuery(),
    refetchInterval: ({ state }) =>
      state.data?.networks.some((network) => network.state === "filling") ? FILLING_MS : QUIET_MS,
  });
  return {
    networks: computed(() => data.value?.networks ?? []),
    standard: computed(() => data.value?.default ?? null),
    error,
  };
}

/** The network of that name; undefined until networks are read, or if there is none. */
export function useNetwork(name: MaybeRefOrGetter<string>) {
  const { networks } = useNetworks();
  return computed(() => networks.value.find((network) => network.name === toValue(name)));
}
