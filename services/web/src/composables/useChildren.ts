/** The children of an account, page after page as they are scrolled to. */

import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, toValue, watch } from "vue";
import { type ChildFilter, childrenQuery, keys } from "@/api/queries";

/** A list this short is read again by itself when there is more; what someone scrolls is not moved. */
const SMALL = 200;

export function useChildren(
  network: string,
  address: string,
  filter: MaybeRefOrGetter<ChildFilter>,
  known: MaybeRefOrGetter<number>,
) {
  const cache = useQueryClient();
  const query = useInfiniteQuery(() => ({
    ...childrenQuery(network, address, toValue(filter)),
    placeholderData: keepPreviousData,
    shallow: true, // of 100,000 children, each is not watched by itself
  }));
  const pages = computed(() => query.data.value?.pages ?? []);
  const children = computed(() => pages.value.flatMap((page) => page.children));
  /** What is known of those who stand out, by address. */
  const notable = computed(() => new Map(pages.value.flatMap((page) => page.notable.map((child) => [child.address, child] as const))));
  const total = computed(() => pages.value.at(-1)?.total ?? 0);
  /** Of how many it is known what they are sorted by; null while they stand in the order of creation. */
  const coverage = computed(() => {
    const page = pages.value.at(-1);
    return page?.of_known == null ? null : { known: page.of_known, atLeast: page.known_truncated, cut: page.issuers_cut };
  });
  /** How many children were found since the list was read; those beyond its end are met by scrolling on. */
  const fresh = computed(() => (query.hasNextPage.value ? 0 : Math.max(0, toValue(known) - total.value)));

  function readAgain(): Promise<void> {
    return cache.invalidateQueries({ queryKey: keys.children(network, address) });
  }

  let readAt = 0; // each total is worth one more reading, should the list's own lag behind it
  watch([fresh, query.isFetching], ([count, busy]) => {
    const told = toValue(known);
    if (count === 0 || busy || told === readAt || children.value.length >= SMALL) return;
    readAt = told;
    void readAgain();
  });

  return { ...query, children, notable, total, coverage, fresh, readAgain };
}
