/** The networks of this installation, read again sooner while something about the one that is looked at is not settled. */

import { useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, toValue, watch } from "vue";
import { networksQuery, ofNetwork } from "@/api/queries";
import type { NetworkList, NetworkView } from "@/api/types";
import { streamResets } from "@/live/stream";

const SOON_MS = 2_000;
const QUIET_MS = 30_000;

export function useNetworks(current: MaybeRefOrGetter<string | null>) {
  const cache = useQueryClient();
  const { data, refetch } = useQuery(() => {
    const name = toValue(current);
    return {
      ...networksQuery(),
      refetchInterval: ({ state }: { state: { data: NetworkList | undefined } }) =>
        unsettled(state.data, name) ? SOON_MS : QUIET_MS,
    };
  });
  const networks = computed(() => data.value?.networks ?? []);

  watch(streamResets, () => refetch());
  // What was read under a name is of the epoch that it meant: nothing of it is shown as the next one's.
  watch(networks, (now, before) => {
    for (const name of begunAnew(before, now)) void cache.resetQueries({ predicate: ofNetwork(name) });
  });

  return { networks, standard: computed(() => data.value?.default ?? null) };
}

/** The names that mean another epoch than before. */
function begunAnew(before: readonly NetworkView[], now: readonly NetworkView[]): string[] {
  const keys = new Map(before.map(({ name, key }) => [name, key]));
  return now.filter(({ name, key }) => (keys.get(name) ?? key) !== key).map(({ name }) => name);
}

/** Whether it is being made, or nobody knows yet whether it can be reached: the server finds out once it is looked at. */
function unsettled(list: NetworkList | undefined, name: string | null): boolean {
  const state = list?.networks.find((network) => network.name === name)?.state;
  return state === "filling" || state === "unchecked";
}
