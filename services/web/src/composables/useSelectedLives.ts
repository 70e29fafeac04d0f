/** The lives of whatever is selected on an account's page: from the chain if it is in it, else read. */

import { useQuery } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, toValue } from "vue";
import { isAccount } from "@/address/strkey";
import { lineageQuery } from "@/api/queries";
import type { Life, Lineage } from "@/api/types";
import { useSettled } from "./useSettled";

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
  const settled = useSettled(() => address.value); // arrow keys run past many accounts that nobody reads
  const elsewhere = useQuery(() => ({
    ...lineageQuery(network, settled.value),
    enabled: inChain.value.length === 0 && settled.value === address.value && address.value !== toValue(lineage).address,
  }));
  const read = computed(() => (settled.value === address.value ? elsewhere.data.value?.incarnations : undefined));
  const lives = computed(() => (inChain.value.length > 0 ? inChain.value : (read.value ?? [])));
  const loading = computed(() => elsewhere.isFetching.value || settled.value !== address.value);
  return { address, lives, loading, error: elsewhere.error, refetch: elsewhere.refetch };
}
