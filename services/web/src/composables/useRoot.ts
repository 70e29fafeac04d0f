/** Whose tree is shown: the account's of the page, or another one's, read as its own page reads it. */

import { useQuery } from "@tanstack/vue-query";
import { computed, type Ref, shallowRef, watchEffect } from "vue";
import { lineageQuery } from "@/api/queries";
import type { Lineage } from "@/api/types";
import { wayTo } from "@/lineage/way";
import { useTreeView } from "./useTreeView";

export function useRoot(network: string, lineage: Readonly<Ref<Lineage>>) {
  const { root, show } = useTreeView();
  const elsewhere = computed(() => (root.value === lineage.value.address ? null : root.value));
  const query = useQuery(() => ({ ...lineageQuery(network, elsewhere.value ?? lineage.value.address), enabled: elsewhere.value !== null }));
  const wanted = computed(() => {
    if (elsewhere.value === null) return lineage.value;
    return query.data.value?.address === elsewhere.value ? query.data.value : null;
  });
  /** The tree that was there stays until the next one has arrived. */
  const shown = shallowRef(lineage.value);
  watchEffect(() => {
    if (wanted.value) shown.value = wanted.value;
  });
  const way = computed(() => wayTo(lineage.value, shown.value));
  const error = computed(() => (elsewhere.value !== null && !wanted.value ? query.error.value : null));

  function showFrom(address: string): void {
    void show({ root: address === lineage.value.address ? null : address });
  }

  return { elsewhere, shown, way, error, reading: query.isFetching, retry: query.refetch, showFrom };
}
