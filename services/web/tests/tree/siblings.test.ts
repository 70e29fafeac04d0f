import { describe, expect, it } from "vitest";
import type { SiblingLevel } from "@/api/types";
import { rowsOf } from "@/outline/rows";
import { toggled } from "@/outline/keyboard";
import { wordsOf } from "@/outline/words";
import { describe as inWords } from "@/tree/describe";
import { everyShown, fold } from "@/tree/fold";
import { siblingsKey } from "@/tree/ids";
import { overlap } from "@/tree/labels";
import { middleOf } from "@/tree/layout";
import { buildModel, type LineageModel, type Loaded, NOTHING_LOADED } from "@/tree/model";
import { childSet, layoutOf, leaves, ME, named, world } from "./world";

const HOPS = 3;
const lineage = world({ total: 500, notable: 12 }, HOPS);

/** Of the creator that many hops up: so many children, of which four others than the path are told. */
function level(at: number, total: number, complete = true): SiblingLevel {
  const [creator, of] = [named("HOP", HOPS - 1 - at), at === 0 ? ME : named("HOP", HOPS - at)];
  return { level: at, creator, creator_created_op: null, of, total, complete, siblings: leaves(Math.min(4, total - 1), `S${"ABC"[at]}`), next_cursor: null };
}

const levels = [level(0, 80), level(1, 3), level(2, 1_001, false)];
const focus = buildModel(lineage).focus;
const loaded: Loaded = { ...NOTHING_LOADED, siblings: new Map([[siblingsKey(focus, HOPS, 12), levels]]) };
const withSiblings = (expanded = new Set<string>(), known = loaded): LineageModel => buildModel(lineage, known, expanded, { siblings: true });
const kindsBelow = (model: LineageModel, address: string) =>
  [...everyShown(fold(model))].find(({ node }) => node?.address === address)!.children.map(({ kind }) => kind);

describe("siblings at every level", () => {
  it("are wanted once, and only where somebody wants to see them", () => {
    const wanted = { what: "siblings", key: siblingsKey(focus, HOPS, 12), address: ME, levels: 12 };
    expect(withSiblings(new Set(), NOTHING_LOADED).wants).toContainEqual(wanted);
    expect(withSiblings().wants).toEqual([]);
    expect(buildModel(lineage).wants).toEqual([]);
  });

  it("are a few of each ancestor, and how many more there are", () => {
    const model = withSiblings();
    expect(kindsBelow(model, named("HOP", 2))).toEqual(["focus", "child", "child", "child", "child", "siblings"]);
    expect(kindsBelow(model, named("HOP", 1))).toEqual(["ancestor", "child", "child"]);
    const titles = [...everyShown(fold(model))].filter(({ kind }) => kind === "siblings").map(({ hidden, exact }) => [hidden, exact]);
    expect(titles).toEqual([[75, true], [996, false]]);
    const nodes = model.ancestors.map((id) => model.nodes.get(id)!);
    expect(nodes.map(({ children, rest }) => children.length + rest)).toEqual(levels.map(({ total }) => total));
  });

  it("open the whole chain as far as it is near, and nothing in Rings", () => {
    expect([...everyShown(fold(withSiblings()))].filter(({ kind }) => kind === "ancestor")).toHaveLength(HOPS);
    expect([...everyShown(fold(buildModel(lineage), "rings"))].some(({ kind }) => kind === "siblings")).toBe(false);
  });

  it("leave an ancestor that was opened by itself as it is", () => {
    const creator = buildModel(lineage).ancestors[0]!;
    const sets = new Map([[named("HOP", 2), childSet({ total: 80, notable: 1, word: "SIB" })]]);
    const model = withSiblings(new Set([creator]), { ...loaded, sets });
    const below = model.nodes.get(creator)!.children.map((id) => model.nodes.get(id)!.address);
    expect(below).toContain(named("SIB", 0));
    expect(below).not.toContain(levels[0]!.siblings[0]!.address);
  });

  it("say so where nobody has read whether there are more", () => {
    const unread = [{ ...level(0, 2, false), siblings: leaves(1, "ONE") }];
    const model = withSiblings(new Set(), { ...loaded, siblings: new Map([[siblingsKey(focus, HOPS, 12), unread]]) });
    expect(kindsBelow(model, named("HOP", 2))).toEqual(["focus", "child", "siblings"]);
    const told = [...everyShown(fold(model))].find(({ kind }) => kind === "siblings")!;
    expect([told.hidden, told.toggle]).toEqual([0, null]);
    expect(inWords(told).title).toBe("Others not read yet");
  });

  it("open by the fold that counts them", () => {
    const shown = [...everyShown(fold(withSiblings()))].find(({ kind }) => kind === "siblings")!;
    expect(shown.opens).toBe(shown.parent);
    expect(shown.toggle).toBe("expand");
  });
});

describe.each(["tidy", "radial"] as const)("their place, %s", (form) => {
  const creator = buildModel(lineage).ancestors[0]!;
  const sets = new Map([[named("HOP", 2), childSet({ total: 5_000, notable: 30, word: "SIB" })]]);
  const cases: [string, LineageModel][] = [["a few of each", withSiblings()], ["one level open", withSiblings(new Set([creator]), { ...loaded, sets })]];

  it.each(cases)("%s: the path stays level, half of them above it and half below", (_, model) => {
    const { placed } = layoutOf(model, form);
    const heights = [...placed.values()].filter(({ shown }) => shown.kind === "ancestor" || (form === "tidy" && shown.kind === "focus")).map((box) => middleOf(box).y);
    expect(new Set(heights.map(Math.round)).size).toBe(1);
    const beside = placed.get(creator)!.shown.children.slice(1).map(({ id }) => middleOf(placed.get(id)!).y - heights[0]!);
    expect(beside.filter((y) => y < 0)).toHaveLength(Math.ceil(beside.length / 2));
    expect(Math.max(...beside)).toBeGreaterThan(0);
  });

  it.each(cases)("%s: nothing lies over anything else", (_, model) => {
    const boxes = [...layoutOf(model, form).placed.values()];
    for (const [at, box] of boxes.entries()) for (const other of boxes.slice(at + 1)) expect(overlap(box, other)).toBe(false);
  });
});

describe("the outline of siblings", () => {
  const rows = rowsOf(withSiblings());
  const more = rows.filter(({ node }) => node === null).find(({ few }) => few !== null)!;

  it("says how many more there are, and opens all of them", () => {
    expect(wordsOf(more).title).toBe("Show at least 996 more siblings");
    expect(toggled(more)).toEqual({ do: "expand", id: more.parent });
  });

  it("counts every set whole", () => {
    const creator = buildModel(lineage).ancestors[0]!;
    expect(new Set(rows.filter(({ parent }) => parent === creator).map(({ setSize }) => setSize))).toEqual(new Set([80]));
  });
});
