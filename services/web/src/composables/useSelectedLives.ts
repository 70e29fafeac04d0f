/** The lives of whatever is selected on an account's page: from the chain if it is in it, else read. */

import { useQuery } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, toValue } from "vue";
import { isAccount } from "@/address/strkey";
import { lineageQuery } from "@/api/queries";
import type { Life, Lineage } from "@/api/types";

export function useSelectedLives(
  network: string,
  lineage: MaybeRefOrGetter<Lineage>,
  selected: MaybeRefOrGetter<string | null>,
) {
  const address = computed(() => {
    const wanted = toValue(selected);
    return wanted !== null && isAccount(wanted) ? wanted : toValue(lineage).address;
  });
  const inChain = computed<Life[]>(() => {
    const known = toValue(lineage);
    if (address.value === known.address) return known.incarnations;
    return known.ancestors.filter((life) => life.address === address.value);
  });
  const elsewhere = useQuery(() => ({
    ...lineageQuery(network, address.value),
    enabled: inChain.value.length === 0 && address.value !== toValue(lineage).address,
  }));
  const lives = computed(() => (inChain.value.length > 0 ? inChain.value : (elsewhere.data.value?.incarnations ?? [])));
  return { address, lives, loading: elsewhere.isFetching, error: elsewhere.error, refetch: elsewhere.refetch };
}
