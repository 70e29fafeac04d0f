import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h, shallowRef } from "vue";
import { rowAction, toggled, typedRow } from "@/outline/keyboard";
import OutlineTree from "@/outline/OutlineTree.vue";
import { rowsOf } from "@/outline/rows";
import { wordsOf } from "@/outline/words";
import { buildModel, type LineageModel, type Loaded, moreId, NOTHING_LOADED } from "@/tree/model";
import { childSet, leaves, loadedWith, ME, named, page, world } from "../tree/world";

const lineage = world({ total: 5_000, notable: 3, months: 6 }, 2);
const plain = buildModel(lineage);
const span = plain.nodes.get(plain.focus)!.children[3]!;
const addressesIn = (model: LineageModel) => rowsOf(model).map(({ node }) => node?.address ?? node?.kind ?? "more");

describe("rows", () => {
  it("run from genesis to the account, then through its children", () => {
    expect(addressesIn(plain).slice(0, 5)).toEqual([named("HOP", 0), named("HOP", 1), ME, named("KID", 0), named("KID", 1)]);
    expect(rowsOf(plain).map(({ level }) => level).slice(0, 4)).toEqual([1, 2, 3, 4]);
    expect(rowsOf(plain).map(({ indent }) => indent).slice(0, 4)).toEqual([0, 0, 0, 1]);
  });

  it("count every set whole, loaded or not", () => {
    const loaded = loadedWith({ pages: [[span, [page(leaves(500), "next")]]] });
    const model = buildModel(lineage, loaded, new Set([span]));
    const rows = rowsOf(model).filter(({ parent }) => parent === span);
    const total = model.nodes.get(span)!.count!.value;
    expect(rows).toHaveLength(501);
    expect(rows.every(({ setSize }) => setSize === total)).toBe(true);
    expect(rows.map(({ position }) => position)).toEqual(Array.from({ length: 501 }, (_, at) => at + 1));
    expect(rows.at(-1)).toMatchObject({ id: moreId(span, 500), node: null, rest: total - 500, loading: false });
  });

  it("show siblings of the chain before it goes on", () => {
    const creator = plain.ancestors[0]!;
    const sets = childSet({ total: 100, notable: 1, word: "SIB" });
    const model = buildModel(lineage, loadedWith({ sets: [[named("HOP", 1), sets]] }), new Set([creator]));
    const found = addressesIn(model);
    expect(found.indexOf(named("SIB", 0))).toBeLessThan(found.indexOf(ME));
    const siblings = rowsOf(model).filter(({ parent }) => parent === creator);
    expect(siblings.map(({ position }) => position)).toEqual(siblings.map((_, at) => at + 1));
    expect(siblings.at(-1)).toMatchObject({ setSize: siblings.length, indent: 0 });
  });

  it("say what is on its way", () => {
    const kid = plain.nodes.get(plain.focus)!.children[0]!;
    const rows = rowsOf(buildModel(lineage, NOTHING_LOADED, new Set([kid])));
    expect(rows.find(({ parent }) => parent === kid)).toMatchObject({ node: null, loading: true });
  });

  it("read as sentences", () => {
    const words = rowsOf(plain).map((row) => wordsOf(row).spoken);
    expect(words[2]).toBe("GMEAA…AAAAA, 5,000 children, starting balance 1 XLM, created 2018-11-05");
    expect(words[4]).toContain("at least 999 children");
    expect(words[6]).toBe("Nov 2018, 833 accounts");
  });
});

describe("keys", () => {
  const rows = rowsOf(plain);
  const at = (id: string) => rows.findIndex((row) => row.id === id);
  const focus = at(plain.focus);

  it("move by rows and to both ends", () => {
    expect(rowAction("ArrowDown", rows, 0)).toEqual({ do: "go", index: 1 });
    expect(rowAction("ArrowUp", rows, 0)).toEqual({ do: "go", index: 0 });
    expect(rowAction("Home", rows, 5)).toEqual({ do: "go", index: 0 });
    expect(rowAction("End", rows, 0)).toEqual({ do: "go", index: rows.length - 1 });
    expect(rowAction("PageDown", rows, rows.length - 2)).toEqual({ do: "go", index: rows.length - 1 });
  });

  it("open, go in, close, go out", () => {
    expect(rowAction("ArrowRight", rows, focus)).toEqual({ do: "go", index: focus + 1 });
    expect(rowAction("ArrowRight", rows, at(span))).toEqual({ do: "expand", id: span });
    expect(rowAction("ArrowLeft", rows, at(span))).toEqual({ do: "go", index: focus });
    const open = rowsOf(buildModel(lineage, NOTHING_LOADED, new Set([span])));
    expect(rowAction("ArrowLeft", open, open.findIndex(({ id }) => id === span))).toEqual({ do: "collapse", id: span });
  });

  it("go to an account, and toggle what is none", () => {
    expect(rowAction("Enter", rows, focus)).toEqual({ do: "open", address: ME });
    expect(rowAction("Enter", rows, at(span))).toEqual({ do: "expand", id: span });
    expect(toggled(rows[focus]!)).toBeNull();
    expect(rowAction("q", rows, 0)).toBeNull();
  });

  it("find by what is typed, from the next row on, round the end", () => {
    const titles = ["alpha", "beta", "Bravo", "gamma"];
    const find = (typed: string, from: number) => typedRow(typed, (index) => titles[index]!, titles.length, from);
    expect(find("b", 1)).toBe(2);
    expect(find("b", 2)).toBe(1);
    expect(find("br", 2)).toBe(2);
    expect(find("x", 0)).toBeNull();
  });
});

describe("the outline in the document", () => {
  const sizes = ["clientHeight", "clientWidth"] as const;
  const original = sizes.map((name) => Object.getOwnPropertyDescriptor(HTMLElement.prototype, name)!);
  beforeEach(() => {
    for (const name of sizes) Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => 360 });
  });
  afterEach(() => {
    for (const [at, name] of sizes.entries()) Object.defineProperty(HTMLElement.prototype, name, original[at]!);
    document.body.replaceChildren();
  });

  /** The outline with a page around it that does what it is told, once its rows are there. */
  async function shown(loaded: Loaded = NOTHING_LOADED) {
    const expanded = shallowRef(new Set<string>());
    const selected = shallowRef<string | null>(null);
    const opened = shallowRef<string | null>(null);
    const around = defineComponent({
      render: () =>
        h(OutlineTree, {
          model: buildModel(lineage, loaded, expanded.value),
          selected: selected.value,
          onSelect: (id: string) => (selected.value = id),
          onOpen: (address: string) => (opened.value = address),
          onExpand: (id: string) => (expanded.value = new Set([...expanded.value, id])),
          onCollapse: (id: string) => (expanded.value = new Set([...expanded.value].filter((other) => other !== id))),
        }),
    });
    const wrapper = mount(around, { attachTo: document.body });
    const root = wrapper.element as HTMLElement;
    const items = () => [...root.querySelectorAll<HTMLElement>('[role="treeitem"]')];
    const tabbed = () => items().find(({ tabIndex }) => tabIndex === 0)!;
    /** Afterwards the key has been acted on: the one row that Tab reaches has the focus. */
    const press = async (key: string) => {
      tabbed().focus();
      tabbed().dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      await flushPromises();
      await vi.waitUntil(() => document.activeElement === tabbed());
    };
    await vi.waitUntil(() => items().length > 0);
    return { root, selected, opened, press, items };
  }

  it("is a tree of which one row is reached by Tab", async () => {
    const { root, items } = await shown();
    expect(root.querySelector('[role="tree"]')!.getAttribute("aria-label")).toContain("2 ancestors back to genesis");
    expect(items().filter(({ tabIndex }) => tabIndex === 0).map((item) => item.getAttribute("aria-level"))).toEqual(["3"]);
    const month = items().at(-1)!;
    expect(month.getAttribute("aria-expanded")).toBe("false");
    expect(month.getAttribute("aria-setsize")).toBe("9");
  });

  it("holds a few rows of 100,000, with the true size of the set", async () => {
    const hub = world({ total: 100_000, months: 1 }, 2);
    const month = buildModel(hub).nodes.get(buildModel(hub).focus)!.children[0]!;
    const model = buildModel(hub, loadedWith({ pages: [[month, [page(leaves(100_000))]]] }), new Set([month]));
    const wrapper = mount(OutlineTree, { props: { model, selected: null }, attachTo: document.body });
    await vi.waitUntil(() => wrapper.find('[role="treeitem"]').exists());
    const items = wrapper.findAll('[role="treeitem"]');
    expect(items.length).toBeLessThan(60);
    expect(items.at(-1)!.attributes("aria-setsize")).toBe("100000");
    expect(wrapper.find('[role="tree"]').attributes("style")).toContain(`${(100_000 + 4) * 36 + 16}px`);
  });

  it("moves focus and selection with the arrows", async () => {
    const { selected, press } = await shown();
    await press("ArrowDown");
    expect(selected.value).toBe(plain.nodes.get(plain.focus)!.children[0]);
    expect(document.activeElement!.getAttribute("aria-selected")).toBe("true");
    await press("Home");
    expect(selected.value).toBe(plain.root);
    expect(document.activeElement!.getAttribute("aria-posinset")).toBe("1");
  });

  it("opens a month, and asks for more of it on the row that says so", async () => {
    const loaded = loadedWith({ pages: [[span, [page(leaves(2), "next")]]] });
    const { press, items } = await shown(loaded);
    await press("N");
    await press("ArrowRight");
    expect(document.activeElement!.getAttribute("aria-expanded")).toBe("true");
    await press("ArrowDown");
    await press("ArrowDown");
    await press("ArrowDown");
    expect(document.activeElement!.textContent).toContain("Show more of 831");
    await press("Enter");
    expect(items().some((item) => item.textContent?.includes("Loading"))).toBe(true);
  });

  it("goes to the account on Enter and on a double click", async () => {
    const { opened, press, items } = await shown();
    await press("Enter");
    expect(opened.value).toBe(ME);
    items()[0]!.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
    expect(opened.value).toBe(named("HOP", 0));
  });

  it("finds a row by the beginning of its title", async () => {
    const { selected, press } = await shown();
    await press("G");
    await press("K");
    expect(selected.value).toBe(plain.nodes.get(plain.focus)!.children[0]);
  });
});
