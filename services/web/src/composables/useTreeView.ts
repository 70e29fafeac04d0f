/** What of the tree is shown beyond its form: from which account, and what besides. It stands in the URL, too. */

import { computed } from "vue";
import { isAccount } from "@/address/strkey";
import { filterOf } from "@/lineage/filter";
import { useAccountView } from "./useAccountView";

export function useTreeView() {
  const { query, text, located, show } = useAccountView();

  const siblings = computed(() => query.value["siblings"] !== undefined);
  const assets = computed(() => query.value["assets"] !== undefined);
  /** The account whose tree it is, where that is not the account of the page. */
  const root = computed(() => {
    const named = text(query.value["root"]);
    return named !== null && isAccount(named) ? named : null;
  });

  const filter = computed(() => filterOf((name) => text(query.value[name])));

  return { siblings, assets, root, filter, located, show };
}
