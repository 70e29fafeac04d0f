/** The tree of one lineage: what is expanded, and the fetching of what the model wants to show it. */

import { computed, type Ref, shallowRef, watch } from "vue";
import type { ChildSet, Lineage } from "@/api/types";
import { buildModel, type Shows } from "@/tree/model";
import { useIssued } from "./useIssued";
import { useLoaded } from "./useLoaded";

/** `shows`: what is shown although nobody opened it. */
export function useTree(network: string, lineage: Readonly<Ref<Lineage | undefined>>, shows: Readonly<Ref<Partial<Shows>>> = shallowRef({})) {
  const { loaded, error: unloaded, fetchAll } = useLoaded(network);
  const { issued, error: unissued, ask, retry: askAgain } = useIssued(network);
  const expanded = shallowRef<ReadonlySet<string>>(new Set());
  const touched = shallowRef(false);

  const held = useHeld(lineage, touched);
  const names = computed(() => namesIn(lineage.value));
  const model = computed(() => held.shown.value && buildModel(held.shown.value, { ...loaded.value, names: names.value, issued: issued.value }, expanded.value, shows.value));

  watch(() => model.value?.wants ?? [], fetchAll, { immediate: true });
  ask(computed(() => model.value?.issuing?.issuers ?? []));
  const error = computed(() => unloaded.value ?? unissued.value);

  function expand(id: string): void {
    touched.value = true;
    expanded.value = new Set(expanded.value).add(id);
  }

  function collapse(id: string): void {
    touched.value = true;
    expanded.value = new Set([...expanded.value].filter((other) => other !== id));
  }

  function retry(): void {
    unloaded.value = null;
    fetchAll(model.value?.wants ?? []);
    askAgain();
  }

  return { model, expanded, expand, collapse, error, retry, touched, fresh: held.fresh, showFresh: held.showFresh };
}

function namesIn(lineage: Lineage | undefined): Map<string, string> {
  const lives = [...(lineage?.incarnations ?? []), ...(lineage?.ancestors ?? [])];
  return new Map(lives.filter(({ kind }) => kind === "genesis").map(({ address }) => [address, "Genesis"]));
}

/**
 * Growth never moves what someone looks at: once the tree was touched its children stay as they are, and how many more
 * there are is told. Ancestors always show.
 */
function useHeld(lineage: Readonly<Ref<Lineage | undefined>>, touched: Readonly<Ref<boolean>>) {
  const children = shallowRef<ChildSet>();
  let address: string | undefined;
  watch(
    lineage,
    (now) => {
      const still = touched.value && children.value !== undefined && children.value.total > 0 && now?.address === address;
      if (!now || still) return;
      address = now.address;
      children.value = now.children;
    },
    { immediate: true },
  );
  const shown = computed(
    () => lineage.value && { ...lineage.value, children: children.value ?? lineage.value.children },
  );
  const fresh = computed(() => (lineage.value?.children.total ?? 0) - (shown.value?.children.total ?? 0));
  const showFresh = () => (children.value = lineage.value?.children);
  return { shown, fresh, showFresh };
}
