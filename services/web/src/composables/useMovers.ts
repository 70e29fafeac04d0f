/** Who moved most within the period, read again when standings change; shown when somebody asks for it. */

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/vue-query";
import { type BoardQuestion, moversQuery, standingKeys } from "@/api/standings";
import { listsBetween, sameQuestion } from "@/standings/held";
import { useHeld } from "./useHeld";
import { useStandingNews } from "./useStandingNews";

export function useMovers(network: string, question: () => BoardQuestion) {
  const cache = useQueryClient();
  const query = useQuery(() => ({ ...moversQuery(network, question()), placeholderData: keepPreviousData }));
  const { shown, pending, show } = useHeld(query.data, (before, now) => (sameQuestion(before, now) ? listsBetween(before, now) : null));
  useStandingNews(network, [], () => {
    void cache.invalidateQueries({ queryKey: standingKeys.movers(network, question()) });
  });
  return { movers: shown, pending, show, error: query.error, isFetching: query.isFetching, busy: query.isPlaceholderData, refetch: query.refetch };
}
