/** The board, read again when standings change; it moves when somebody asks for it, and what moved is marked for a moment. */

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/vue-query";
import { onScopeDispose, shallowRef } from "vue";
import { type BoardQuestion, boardQuery, standingKeys } from "@/api/standings";
import type { Standings } from "@/api/types";
import { changesBetween, sameQuestion, sameThresholds } from "@/standings/held";
import { useHeld } from "./useHeld";
import { useStandingNews } from "./useStandingNews";

const MARKED_MS = 2_400;
const REBUILT_MS = 2_000;

export function useBoard(network: string, question: () => BoardQuestion) {
  const cache = useQueryClient();
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery(() => ({
    ...boardQuery(network, question()),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.coverage.rebuilding ? REBUILT_MS : false), // nobody tells that it has ended
  }));
  const held = useHeld<Standings>(data, (before, now) => {
    if (before.rows.length === 0 || !sameQuestion(before, now) || !sameThresholds(before, now)) return null;
    const { moved, left } = changesBetween(before.rows, now.rows);
    return moved.size + left;
  });
  const marked = shallowRef<ReadonlySet<string>>(new Set());
  let unmark: ReturnType<typeof setTimeout> | undefined;
  onScopeDispose(() => clearTimeout(unmark));

  function show(): void {
    marked.value = changesBetween(held.shown.value?.rows ?? [], data.value?.rows ?? []).moved;
    held.show();
    clearTimeout(unmark);
    unmark = setTimeout(() => (marked.value = new Set()), MARKED_MS);
  }

  useStandingNews(network, [], () => {
    void cache.invalidateQueries({ queryKey: standingKeys.board(network, question()) });
  });

  return { shown: held.shown, pending: held.pending, marked, show, error, isFetching, busy: isPlaceholderData, refetch };
}
