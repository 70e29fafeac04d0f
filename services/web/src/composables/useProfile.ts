/** Who the account is: balance, domain, assets, tags; read again when the stream tells of it, or on demand. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, onScopeDispose, type Ref } from "vue";
import { answerOf, api } from "@/api/client";
import { keys, profileQuery } from "@/api/queries";
import { follow, streamLost } from "@/live/stream";
import { isPast } from "@/networks/epochs";

const POLL_MS = 15_000;
const AT_FIRST_MS = 5_000;

export function useProfile(network: string, address: string, mapped: Ref<boolean>) {
  const cache = useQueryClient();
  const past = isPast(network);
  const profile = useQuery(() => ({
    ...profileQuery(network, address),
    enabled: mapped.value,
    refetchInterval: ({ state }) => {
      if (past) return false;
      if (streamLost.value) return POLL_MS;
      return state.data && !state.data.enrichment ? AT_FIRST_MS : false;
    },
  }));
  const enrichment = computed(() => profile.data.value?.enrichment ?? null);

  const refreshing = useMutation({
    mutationFn: () =>
      answerOf(api.POST("/api/v1/{network}/accounts/{address}/refresh", { params: { path: { network, address } } })),
    // Nothing is told where nothing has changed, but when it was read has.
    onSuccess: () => setTimeout(readAgain, AT_FIRST_MS),
  });

  function readAgain(): void {
    void cache.invalidateQueries({ queryKey: keys.profile(network, address) });
  }

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
  return { enrichment, refreshing };
}
