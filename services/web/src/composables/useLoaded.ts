/** What a tree was given beyond its lineage, and the fetching of what its model still wants. */

import { useQueryClient } from "@tanstack/vue-query";
import { computed, type Ref, shallowRef } from "vue";
import { childrenPage, lineageQuery, siblingsQuery } from "@/api/queries";
import type { Children, ChildSet, SiblingLevel } from "@/api/types";
import type { Loaded, Wanted } from "@/tree/model";

export function useLoaded(network: string) {
  const cache = useQueryClient();
  const sets = shallowRef<ReadonlyMap<string, ChildSet>>(new Map());
  const pages = shallowRef<ReadonlyMap<string, readonly Children[]>>(new Map());
  const siblings = shallowRef<ReadonlyMap<string, readonly SiblingLevel[]>>(new Map());
  const error = shallowRef<Error | null>(null);
  const fetching = new Set<string>();
  const loaded = computed<Loaded>(() => ({ sets: sets.value, pages: pages.value, siblings: siblings.value }));

  function fetchAll(wants: readonly Wanted[]): void {
    for (const wanted of wants) void fetched(wanted);
  }

  async function fetched(wanted: Wanted): Promise<void> {
    const name = JSON.stringify(wanted);
    if (fetching.has(name)) return;
    fetching.add(name);
    try {
      await fetchOne(wanted);
      error.value = null;
    } catch (failure) {
      error.value = failure as Error;
    } finally {
      fetching.delete(name);
    }
  }

  async function fetchOne(wanted: Wanted): Promise<void> {
    switch (wanted.what) {
      case "set": {
        const { children } = await cache.fetchQuery(lineageQuery(network, wanted.address));
        return put(sets, wanted.address, children);
      }
      case "siblings": {
        const { levels } = await cache.fetchQuery(siblingsQuery(network, wanted.address, wanted.levels));
        return put(siblings, wanted.key, levels);
      }
      case "page": {
        const { key, address, from, to, cursor, sort, known } = wanted;
        const page = await childrenPage(network, address, { q: "", from, to, ...(sort && { sort }), ...(known && { known }) }, cursor);
        return put(pages, key, [...(pages.value.get(key) ?? []), page]);
      }
    }
  }

  return { loaded, error, fetchAll };
}

function put<T>(into: Ref<ReadonlyMap<string, T>>, key: string, value: T): void {
  into.value = new Map(into.value).set(key, value);
}
