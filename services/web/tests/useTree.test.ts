import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h, shallowRef } from "vue";
import type { Children, Lineage } from "@/api/types";
import { useTree } from "@/composables/useTree";
import { lifeOf, lineageOf } from "./lives";

const ME = lineageOf().address;
const fetched = vi.fn<typeof fetch>();

function known(total: number): Lineage {
  const children = { ...lineageOf().children, total, complete: true };
  return lineageOf({ incarnation: lifeOf(ME, "GCREATOR", 300), incarnations: [lifeOf(ME, "GCREATOR", 300)], children });
}

function page(count: number): Children {
  const children = Array.from({ length: count }, (_, at) => lifeOf(`GCHILD${at}`, ME, 400 + at));
  const { network, network_key, as_of, epoch, current, reset_at } = lineageOf();
  const end = { total: count, complete: true, next_cursor: null, truncated: false, scanned: count };
  const all = { notable: [], of_known: null, known_truncated: false, issuers_cut: 0 };
  return { network, network_key, as_of, epoch, current, reset_at, address: ME, children, ...end, ...all };
}

function treeOf(first: Lineage) {
  const lineage = shallowRef<Lineage | undefined>(first);
  let tree!: ReturnType<typeof useTree>;
  const component = defineComponent({
    setup() {
      tree = useTree("sandbox", lineage);
      return () => h("i");
    },
  });
  mount(component, { global: { plugins: [[VueQueryPlugin, { queryClient: new QueryClient() }]] } });
  return { lineage, tree };
}

beforeEach(() => vi.stubGlobal("fetch", fetched));
afterEach(() => {
  vi.unstubAllGlobals();
  fetched.mockReset();
});

describe("the tree of an account", () => {
  it("fetches what its model wants, once", async () => {
    fetched.mockImplementation(() => Promise.resolve(Response.json(page(3))));
    const { tree } = treeOf(known(3));
    await flushPromises();
    expect(fetched).toHaveBeenCalledTimes(1);
    expect(tree.model.value?.wants).toEqual([]);
    expect([...tree.model.value!.nodes.values()].filter(({ kind }) => kind === "child")).toHaveLength(3);
  });

  it("says that fetching failed, and fetches again when asked to", async () => {
    fetched.mockRejectedValueOnce(new TypeError("no network"));
    const { tree } = treeOf(known(3));
    await flushPromises();
    expect(tree.error.value?.message).toContain("does not answer");
    fetched.mockImplementation(() => Promise.resolve(Response.json(page(3))));
    tree.retry();
    await flushPromises();
    expect(tree.error.value).toBeNull();
  });

  it("grows by itself until it is touched; then says how many are new and shows them when asked", async () => {
    fetched.mockImplementation(() => Promise.resolve(Response.json(page(3))));
    const { tree, lineage } = treeOf(known(3));
    await flushPromises();
    lineage.value = known(5);
    await flushPromises();
    expect(tree.fresh.value).toBe(0);
    tree.expand("anything");
    lineage.value = known(9);
    await flushPromises();
    expect(tree.fresh.value).toBe(4);
    tree.showFresh();
    expect(tree.fresh.value).toBe(0);
  });

  it("calls genesis by its name", async () => {
    fetched.mockImplementation(() => Promise.resolve(Response.json(page(0))));
    const root = lifeOf("GROOT", null, 1);
    const { tree } = treeOf({ ...known(0), lineage: "genesis", ancestors: [root], pending_address: null });
    await flushPromises();
    expect(tree.model.value!.nodes.get(tree.model.value!.root)?.name).toBe("Genesis");
  });
});
