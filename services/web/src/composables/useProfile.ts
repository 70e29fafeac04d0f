/** Who the account is: balance, domain, assets, tags; read again when the stream tells of it, or on demand. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, onScopeDispose, type Ref, watch } from "vue";
import { answerOf, api } from "@/api/client";
import { keys, profileQuery } from "@/api/queries";
import { follow, streamLost } from "@/live/stream";
import { isPast } from "@/networks/epochs";
import { useRefreshing } from "./useRefreshing";

const POLL_MS = 15_000;
const AT_FIRST_MS = 5_000;

export function useProfile(network: string, address: string, mapped: Ref<boolean>, open: Ref<boolean>) {
  const cache = useQueryClient();
  const past = isPast(network);
  const awaited = useRefreshing();
  const profile = useQuery(() => {
    const [lost, waits] = [streamLost.value, awaited.state.value]; // read here: a change of them begins the polling
    return {
      ...profileQuery(network, address),
      enabled: mapped.value,
      refetchInterval: ({ state }) => {
        if (past) return false;
        if (waits === "asked" || (state.data && !state.data.enrichment)) return AT_FIRST_MS;
        return lost || waits === "late" ? POLL_MS : false;
      },
    };
  });
  const enrichment = computed(() => profile.data.value?.enrichment ?? null);

  watch(() => enrichment.value?.fresh_as_of.account, awaited.ended);

  const refreshing = useMutation({
    mutationFn: () =>
      answerOf(api.POST("/api/v1/{network}/accounts/{address}/refresh", { params: { path: { network, address } } })),
    // Nothing is told where nothing has changed, but when it was read has: it is looked at until then.
    onMutate: awaited.asked,
    onError: awaited.ended,
  });

  function readAgain(): void {
    void cache.invalidateQueries({ queryKey: keys.profile(network, address) });
  }

  // Whoever was mapped as somebody's child has never been looked at: now somebody does.
  const unread = computed(() => !past && mapped.value && !open.value && profile.data.value !== undefined && !enrichment.value);
  let waits: ReturnType<typeof setTimeout> | undefined;
  watch(
    unread,
    (now) => {
      clearTimeout(waits);
      if (now) waits = setTimeout(() => refreshing.mutate(), AT_FIRST_MS); // of one just mapped it is on its way
    },
    { immediate: true },
  );
  onScopeDispose(() => clearTimeout(waits));

  if (!past) {
    const unfollow = follow({
      network,
      accounts: [address],
      request: null,
      onMessage: (message) => {
        if (message.topic === "enriched" && message.address === address) readAgain();
      },
      onGap: readAgain,
    });
    onScopeDispose(unfollow);
  }
  return { enrichment, refreshing, awaited: awaited.state };
}
