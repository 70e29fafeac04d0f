/** Who moved most within the period, read again when standings change. */

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/vue-query";
import { type BoardQuestion, moversQuery, standingKeys } from "@/api/standings";
import { useStandingNews } from "./useStandingNews";

export function useMovers(network: string, question: () => BoardQuestion) {
  const cache = useQueryClient();
  useStandingNews(network, [], () => {
    void cache.invalidateQueries({ queryKey: standingKeys.movers(network, question()) });
  });
  return useQuery(() => ({ ...moversQuery(network, question()), placeholderData: keepPreviousData }));
}
