/** The records that were set aside, page by page, and the way back for them. */

import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, shallowRef, watch } from "vue";
import { type LetterFilter, letterKeys, letterQuery, lettersQuery, replay, type ReplayProgress } from "@/api/deadLetters";
import type { DeadLetter, ReplayAsk } from "@/api/types";
import { useAdmin } from "./useAdmin";

const LOOK_MS = 5_000;

export function useDeadLetters(filter: () => LetterFilter) {
  const { access, asAdmin } = useAdmin();
  const cache = useQueryClient();
  const pages = useInfiniteQuery(() => ({
    ...lettersQuery(filter(), asAdmin),
    enabled: access.token !== null,
    refetchInterval: LOOK_MS,
    placeholderData: keepPreviousData,
  }));
  const letters = computed(() => pages.data.value?.pages.flatMap((page) => page.dead_letters));
  const progress = shallowRef<ReplayProgress | null>(null);
  const replaying = useMutation({
    mutationFn: (ask: ReplayAsk) => asAdmin((token) => replay(token, ask, (now) => (progress.value = now))),
    onSettled: () => {
      progress.value = null;
      return cache.invalidateQueries({ queryKey: letterKeys.all() });
    },
  });
  return { pages, letters, replaying, progress, names: useNames(letters) };
}

export function useDeadLetter(id: () => string) {
  const { asAdmin } = useAdmin();
  return useQuery(() => letterQuery(id(), asAdmin));
}

/** Every group and topic that was seen: a filter takes none of them out of its own list. */
function useNames(letters: { value: DeadLetter[] | undefined }) {
  const groups = shallowRef(new Set<string>());
  const topics = shallowRef(new Set<string>());
  watch(
    () => letters.value,
    (seen = []) => {
      groups.value = new Set([...groups.value, ...seen.map(({ group }) => group)]);
      topics.value = new Set([...topics.value, ...seen.map(({ original_topic: topic }) => topic)]);
    },
    { immediate: true },
  );
  return { groups: computed(() => [...groups.value].toSorted()), topics: computed(() => [...topics.value].toSorted()) };
}
