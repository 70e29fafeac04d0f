/** Changes of standings, newest first. What is read is not moved: that there is more is told, and shown when asked for. */

import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, shallowRef, watch } from "vue";
import { changesQuery, newestChange, standingKeys } from "@/api/standings";
import type { ChangeType } from "@/api/types";
import { useStandingNews } from "./useStandingNews";

export function useStandingChanges(network: string, threshold: () => number | null, types: () => readonly ChangeType[]) {
  const cache = useQueryClient();
  const pages = useInfiniteQuery(() => ({
    ...changesQuery(network, threshold(), types()),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  }));
  const changes = computed(() => pages.data.value?.pages.flatMap((page) => page.changes));
  /** Whether there are newer ones than what was read. */
  const news = shallowRef(false);
  watch([threshold, types], () => (news.value = false));

  useStandingNews(network, [], async () => {
    if (!changes.value) return;
    const newest = await newestChange(network, threshold(), types()).catch(() => null); // it is looked for again
    if (newest && newest.id !== changes.value[0]?.id) tellNews();
  });

  /** Nothing moves in an empty list: it is shown at once. */
  function tellNews(): void {
    if (changes.value?.length) news.value = true;
    else showNews();
  }

  function showNews(): void {
    news.value = false;
    void cache.resetQueries({ queryKey: standingKeys.changes(network, threshold(), types()) });
  }

  return { ...pages, changes, news, showNews };
}
