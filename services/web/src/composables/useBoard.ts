/** The board. What somebody reads stays as it is: how many changes there are since is told, and shown when they say so. */

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, onScopeDispose, shallowRef, watch } from "vue";
import { type BoardQuestion, boardQuery, standingKeys } from "@/api/standings";
import type { Standings } from "@/api/types";
import { changesBetween, sameQuestion } from "@/standings/held";
import { useStandingNews } from "./useStandingNews";

const MARKED_MS = 2_400;

export function useBoard(network: string, question: () => BoardQuestion) {
  const cache = useQueryClient();
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery(() => ({
    ...boardQuery(network, question()),
    placeholderData: keepPreviousData,
  }));
  const shown = shallowRef<Standings>();
  /** The accounts that moved when the board was last brought up to date; for a moment. */
  const marked = shallowRef<ReadonlySet<string>>(new Set());
  let unmark: ReturnType<typeof setTimeout> | undefined;
  onScopeDispose(() => clearTimeout(unmark));

  const difference = computed(() => {
    const [now, held] = [data.value, shown.value];
    return now && held && sameQuestion(now, held) ? changesBetween(held.rows, now.rows) : null;
  });
  const pending = computed(() => (difference.value ? difference.value.moved.size + difference.value.left : 0));

  watch(
    data,
    (now) => {
      const held = shown.value;
      if (!now) return;
      const unread = !held || held.rows.length === 0 || !sameQuestion(now, held);
      if (unread || pending.value === 0) shown.value = now;
    },
    { immediate: true },
  );

  /** Afterwards the board is as it is now, and what moved is marked for a moment. */
  function show(): void {
    marked.value = difference.value?.moved ?? new Set();
    shown.value = data.value;
    clearTimeout(unmark);
    unmark = setTimeout(() => (marked.value = new Set()), MARKED_MS);
  }

  useStandingNews(network, [], () => {
    void cache.invalidateQueries({ queryKey: standingKeys.board(network, question()) });
  });

  return { shown, pending, marked, show, error, isFetching, busy: isPlaceholderData, refetch };
}
