/** The tree of one lineage: what is expanded, and the fetching of what the model wants to show it. */

import { useQueryClient } from "@tanstack/vue-query";
import { computed, type Ref, shallowRef, watch } from "vue";
import { childrenPage, lineageQuery } from "@/api/queries";
import type { Children, ChildSet, Lineage } from "@/api/types";
import { buildModel, type Wanted } from "@/tree/model";

/** So many children that have many children themselves are looked at unasked, where they are discs. */
const GLIMPSES = 8;

/** `glimpsing`: children are drawn as discs, whose dots have colours. */
export function useTree(network: string, lineage: Readonly<Ref<Lineage | undefined>>, glimpsing: Readonly<Ref<boolean>> = shallowRef(false)) {
  const cache = useQueryClient();
  const expanded = shallowRef<ReadonlySet<string>>(new Set());
  const sets = shallowRef<ReadonlyMap<string, ChildSet>>(new Map());
  const pages = shallowRef<ReadonlyMap<string, readonly Children[]>>(new Map());
  const error = shallowRef<Error | null>(null);
  const touched = shallowRef(false);
  const fetching = new Set<string>();

  const held = useHeld(lineage, touched);
  const names = computed(() => namesIn(lineage.value));
  const model = computed(() => {
    const loaded = { sets: sets.value, pages: pages.value, names: names.value };
    return held.shown.value && buildModel(held.shown.value, loaded, expanded.value, glimpsing.value ? GLIMPSES : 0);
  });

  watch(() => model.value?.wants ?? [], fetchAll, { immediate: true });

  function fetchAll(wants: readonly Wanted[]): void {
    for (const wanted of wants) void fetched(wanted);
  }

  async function fetched(wanted: Wanted): Promise<void> {
    const name = JSON.stringify(wanted);
    if (fetching.has(name)) return;
    fetching.add(name);
    try {
      if (wanted.what === "set") await fetchSet(wanted.address);
      else await fetchPage(wanted);
      error.value = null;
    } catch (failure) {
      error.value = failure as Error;
    } finally {
      fetching.delete(name);
    }
  }

  async function fetchSet(address: string): Promise<void> {
    const answer = await cache.fetchQuery(lineageQuery(network, address));
    sets.value = new Map(sets.value).set(address, answer.children);
  }

  async function fetchPage({ key, address, from, to, cursor }: Wanted & { what: "page" }): Promise<void> {
    const page = await childrenPage(network, address, { q: "", from, to }, cursor);
    pages.value = new Map(pages.value).set(key, [...(pages.value.get(key) ?? []), page]);
  }

  function expand(id: string): void {
    touched.value = true;
    expanded.value = new Set(expanded.value).add(id);
  }

  function collapse(id: string): void {
    touched.value = true;
    expanded.value = new Set([...expanded.value].filter((other) => other !== id));
  }

  function retry(): void {
    error.value = null;
    fetchAll(model.value?.wants ?? []);
  }

  return { model, expand, collapse, error, retry, touched, fresh: held.fresh, showFresh: held.showFresh };
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
  watch(
    lineage,
    (now) => {
      const still = touched.value && children.value !== undefined && children.value.total > 0;
      if (now && !still) children.value = now.children;
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
