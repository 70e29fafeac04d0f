/** Where one account stands now. */

import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed } from "vue";
import { accountChangesQuery, accountRankQuery, accountSummaryQuery, standingKeys } from "@/api/standings";
import type { AccountRank } from "@/api/types";
import { useStandingNews } from "./useStandingNews";

export function useAccountRank(network: string, address: string) {
  const cache = useQueryClient();
  useStandingNews(network, [address], () => {
    void cache.invalidateQueries({ queryKey: standingKeys.account(network, address) });
  });
  return useQuery(() => accountRankQuery(network, address));
}

/** The same with what became of it over 30 days, and every change that is known. */
export function useAccountStanding(network: string, address: string) {
  const rank = useAccountRank(network, address);
  const threshold = computed(() => seenAt(rank.data.value));
  const summary = useQuery(() => ({
    ...accountSummaryQuery(network, address, threshold.value ?? 0),
    enabled: threshold.value !== null,
  }));
  const pages = useInfiniteQuery(accountChangesQuery(network, address));
  const changes = computed(() => pages.data.value?.pages.flatMap((page) => page.changes));
  return { rank, summary, pages, changes, threshold };
}

/** The highest threshold it stands at, or the lowest: of what happened there the summary tells. */
function seenAt(rank: AccountRank | undefined): number | null {
  const stands = rank?.thresholds.findLast((each) => each.stands);
  return stands?.threshold_xlm ?? rank?.thresholds[0]?.threshold_xlm ?? null;
}
