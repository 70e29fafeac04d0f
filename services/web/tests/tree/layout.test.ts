import { describe, expect, it } from "vitest";
import { anchored, anchorOf, fitTo, opening, revealing, revealingChain, visiblePart } from "@/tree/camera";
import { everyShown, fold, MOST_SHOWN, type Shown } from "@/tree/fold";
import { overlap } from "@/tree/labels";
import { between, type Layout } from "@/tree/layout";
import { foldedIn } from "@/tree/ids";
import { buildModel, type LineageModel, moreId } from "@/tree/model";
import { childSet, focusOf, layoutOf, leaves, loadedWith, modelOf, named, page, world } from "./world";

const kindsOf = (shown: Shown) => shown.children.map(({ kind }) => kind);
/** Accounts that the drawn children of a node stand for. */
const accountsBelow = ({ children }: Shown): number =>
  children.reduce((sum, { kind, node, hidden }) => sum + (kind === "child" ? 1 : (node?.count?.value ?? hidden)), 0);

/** Opens everything that opens, several times over. */
function opened(rounds: number): LineageModel {
  const lineage = world({ total: 100_000, notable: 30, months: 96 });
  const expanded = new Set<string>();
  const sets = lineage.children.notable.map((child, at) => [child.address, childSet({ total: 5_000, notable: 20, word: `S${named("", at).slice(1, 5)}` })] as [string, ReturnType<typeof childSet>]);
  const pages = new Map<string, [ReturnType<typeof page>]>();
  for (let round = 0; round < rounds; round += 1) {
    const model = buildModel(lineage, { ...loadedWith({ sets }), pages }, expanded);
    for (const wanted of model.wants)
      if (wanted.what === "page") pages.set(wanted.key, [page(leaves(40, `P${pages.size}`), "next")]);
    for (const { id, toggle } of everyShown(fold(model))) if (toggle === "expand") expanded.add(id);
  }
  return buildModel(lineage, { ...loadedWith({ sets }), pages }, expanded);
}

describe("folding", () => {
  it("shows the few with most children, one fold for the others, and the months", () => {
    const focus = focusOf(fold(modelOf({ total: 79_980, notable: 30, months: 88 })));
    expect(kindsOf(focus)).toEqual([...Array<string>(7).fill("child"), "more", ...Array<string>(5).fill("span")]);
    expect(focus.children[7]).toMatchObject({ hidden: 23, notable: true, unlisted: 0 });
  });

  it.each([1, 9, 10, 30, 61, 500, 79_980])("of %i children loses none", (total) => {
    const focus = focusOf(fold(modelOf({ total, notable: Math.min(total, 12), undated: total > 60 ? 2 : 0 })));
    expect(accountsBelow(focus)).toBe(total);
  });

  it("opens more of a fold step by step until nothing is hidden", () => {
    const lineage = world({ total: 79_980, notable: 30 });
    const { focus } = buildModel(lineage);
    const more = buildModel(lineage, undefined, new Set([moreId(focus, 7)]));
    const all = buildModel(lineage, undefined, new Set([moreId(focus, 7), moreId(focus, 28)]));
    expect(kindsOf(focusOf(fold(more))).filter((kind) => kind === "child")).toHaveLength(30);
    expect(kindsOf(focusOf(fold(all)))).not.toContain("more");
    expect(accountsBelow(focusOf(fold(all)))).toBe(79_980);
  });

  it("says what it does not list although it has children, without counting it twice", () => {
    const focus = focusOf(fold(modelOf({ total: 5_000, notable: 500 })));
    expect(focus.children.find(({ kind }) => kind === "more")).toMatchObject({ hidden: 23, unlisted: 470 });
    expect(accountsBelow(focus)).toBe(5_000);
  });

  it("keeps ancestors behind `+7 to root` until that is opened", () => {
    const lineage = world({ total: 3 }, 7);
    const root = fold(buildModel(lineage));
    expect(root).toMatchObject({ kind: "ancestors", hidden: 7 });
    expect(root.children[0]!.kind).toBe("focus");
    const chain = fold(buildModel(lineage, undefined, new Set([root.id])));
    expect([...everyShown(chain)].filter(({ kind }) => kind === "ancestor")).toHaveLength(7);
  });

  it("shows both ends of a very long chain and opens it in steps", () => {
    const lineage = world({ total: 0 }, 200);
    const root = fold(buildModel(lineage, undefined, new Set([moreId("ancestors", 0)])));
    expect(root).toMatchObject({ kind: "ancestor", parent: null });
    expect(root.children[0]).toMatchObject({ kind: "ancestors", hidden: 187 });
    const drawn = [...everyShown(root)];
    expect(drawn.filter(({ kind }) => kind === "ancestor").length + 187).toBe(200);
  });

  it("does not fold one or two ancestors", () => expect(fold(modelOf({ total: 0 }, 2)).kind).toBe("ancestor"));

  it("keeps the end of an open chain in sight", () => {
    const root = fold(buildModel(world({ total: 0 }, 5, { lineage: "unknown" })));
    expect([root.kind, root.children[0]!.kind, root.children[0]!.hidden]).toEqual(["end", "ancestors", 5]);
  });

  it("of a child's children shows a few and one fold with the time of the others", () => {
    const lineage = world({ total: 500, notable: 1 });
    const kid = lineage.children.notable[0]!.address;
    const loaded = loadedWith({ sets: [[kid, childSet({ total: 900, notable: 8, word: "SUB" })]] });
    const plain = buildModel(lineage);
    const id = plain.nodes.get(plain.focus)!.children[0]!;
    const shown = focusOf(fold(buildModel(lineage, loaded, new Set([id])))).children[0]!;
    expect(kindsOf(shown)).toEqual(["child", "child", "child", "more"]);
    expect(shown.children[3]!.counts.length).toBeGreaterThan(12);
    expect(accountsBelow(shown)).toBe(900);
    const whole = focusOf(fold(buildModel(lineage, loaded, new Set([id, shown.children[3]!.id])))).children[0]!;
    expect(kindsOf(whole)).toContain("span");
    expect(accountsBelow(whole)).toBe(900);
  });

  it("says that something is on its way", () => {
    const lineage = world({ total: 500, notable: 1 });
    const id = buildModel(lineage).nodes.get(buildModel(lineage).focus)!.children[0]!;
    const shown = focusOf(fold(buildModel(lineage, undefined, new Set([id])))).children[0]!;
    expect(shown.children).toMatchObject([{ kind: "loading", toggle: null }]);
  });

  it("draws no more than it may, however much is opened, and what was opened last", () => {
    const model = opened(6);
    const shown = [...everyShown(fold(model))];
    expect(shown.length).toBeGreaterThan(200);
    expect(shown.length).toBeLessThanOrEqual(MOST_SHOWN);
    expect(new Set(shown.map(({ id }) => id)).size).toBe(shown.length);
    const latest = [...model.expanded].at(-1)!;
    const way = latest.startsWith("more:") ? foldedIn(latest) : latest;
    expect(shown.map(({ id }) => id)).toContain(way);
  });
});

describe("the layout", () => {
  const inChain = ({ kind }: Shown) => kind === "ancestor" || kind === "ancestors";
  const layout = layoutOf(opened(2));
  const nodes = [...layout.placed.values()];

  it("lets no two cards overlap", () => {
    const byRow = nodes.toSorted((a, b) => a.y - b.y);
    for (const [at, node] of byRow.entries())
      for (let next = at + 1; next < byRow.length && byRow[next]!.y < node.y + node.h; next += 1)
        expect(overlap(node, byRow[next]!)).toBe(false);
  });

  it("centres parents on their children, keeps the chain level, and stands left of both", () => {
    for (const { shown, x, w, y, h } of nodes) {
      if (shown.children.length === 0) continue;
      const [first, last] = [layout.placed.get(shown.children[0]!.id)!, layout.placed.get(shown.children.at(-1)!.id)!];
      expect(y + h / 2).toBeCloseTo(inChain(shown) ? 0 : (first.y + last.y + last.h) / 2, 3);
      for (const child of shown.children) expect(layout.placed.get(child.id)!.x).toBeGreaterThan(x + w + 20);
    }
  });

  it("puts the account at the origin", () => {
    const own = nodes.find(({ shown }) => shown.kind === "focus")!;
    expect([own.x, own.y + own.h / 2]).toEqual([0, 0]);
  });

  it("comes out of the parent on the way to a new one", () => {
    const lineage = world({ total: 500, notable: 30 });
    const before = layoutOf(buildModel(lineage));
    const after = layoutOf(buildModel(lineage, undefined, new Set([moreId(buildModel(lineage).focus, 7)])));
    const fresh = [...after.placed.keys()].find((id) => !before.placed.has(id))!;
    expect(between(before, after, 0).placed.get(fresh)!.x).toBeLessThan(after.placed.get(fresh)!.x);
    expect(between(before, after, 1).placed.get(fresh)).toEqual(after.placed.get(fresh));
  });
});

describe("the camera", () => {
  const size = { width: 1_000, height: 600 };
  const layout = layoutOf(modelOf({ total: 79_980, notable: 30, months: 88 }));
  const focus = [...layout.placed.values()].find(({ shown }) => shown.kind === "focus")!;
  const onScreen = (id: string, { x, y, k }: ReturnType<typeof fitTo>, of: Layout) => {
    const node = of.placed.get(id)!;
    return [node.x * k + x, (node.y + node.h / 2) * k + y];
  };

  it("fits everything into the view, never larger than life", () => {
    const { bounds } = layout;
    const view = fitTo(bounds, { width: 500, height: 300 });
    const seen = visiblePart(view, { width: 500, height: 300 });
    expect(seen.x).toBeLessThan(bounds.x);
    expect(seen.x + seen.w).toBeGreaterThan(bounds.x + bounds.w);
    expect(fitTo({ x: 0, y: 0, w: 10, h: 10 }, size).k).toBe(1);
  });

  it("opens readable, with the account on the screen, also on a telephone", () => {
    for (const room of [size, { width: 358, height: 400 }]) {
      const view = opening(layout, focus.shown.id, room);
      const [x, y] = onScreen(focus.shown.id, view, layout);
      expect(view.k).toBeGreaterThan(0.9);
      expect(x).toBeGreaterThan(0);
      expect(x).toBeLessThan(room.width / 2);
      expect(y).toBeGreaterThan(0);
    }
  });

  it("holds what was touched when the tree grows, else what is nearest to the middle", () => {
    const lineage = world({ total: 79_980, notable: 30, months: 88 });
    const model = buildModel(lineage);
    const [first, , , span] = model.nodes.get(model.focus)!.children;
    const before = layoutOf(model);
    const after = layoutOf(buildModel(lineage, undefined, new Set([moreId(model.focus, 7)])));
    const view = opening(before, model.focus, size);
    for (const id of [first!, span!]) {
      const anchor = anchorOf(before, after, { view, size, wanted: ["gone", id] })!;
      expect(anchor.shown.id).toBe(id);
      const next = anchored(view, anchor, after.placed.get(id)!);
      expect(onScreen(id, next, after)).toEqual(onScreen(id, view, before).map((value) => expect.closeTo(value, 6)));
    }
    expect(anchorOf(before, after, { view, size, wanted: [] })).not.toBeNull();
  });

  it("shows an opened chain as far as the account stays on the screen", () => {
    const own = { x: 0, y: 0, w: 100, h: 40 };
    const view = { x: 300, y: 0, k: 1 };
    expect(revealingChain(view, { x: -200, y: 0, w: 900, h: 40 }, own, size)).toEqual(view);
    expect(revealingChain(view, { x: -500, y: 0, w: 900, h: 40 }, own, size).x).toBe(524);
    expect(revealingChain(view, { x: -5_000, y: 0, w: 6_000, h: 40 }, own, size).x).toBe(876);
  });

  it("moves only as far as it must to show a card", () => {
    const view = { x: 0, y: 0, k: 1 };
    expect(revealing(view, { x: 100, y: 100, w: 100, h: 30 }, size)).toBe(view);
    expect(revealing(view, { x: 100, y: 590, w: 100, h: 30 }, size)).toEqual({ x: 0, y: -44, k: 1 });
    expect(revealing(view, { x: -50, y: 100, w: 100, h: 30 }, size)).toEqual({ x: 74, y: 0, k: 1 });
  });
});

describe("a hub of 100,000", () => {
  it("is laid out in 10 ms, for months are folded first", () => {
    const model = modelOf({ total: 100_000, notable: 30, months: 96 });
    const times = Array.from({ length: 9 }, () => {
      const start = performance.now();
      expect(layoutOf(model).placed.size).toBeLessThan(30);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(10); // the best of some: others use this machine, too
  });
});
