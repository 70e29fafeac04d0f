import { describe, expect, it } from "vitest";
import type { Children } from "@/api/types";
import { opening, ZOOMS, zoomsOf } from "@/tree/camera";
import { describeDot } from "@/tree/describe";
import { dotAt } from "@/tree/discDots";
import { everyShown, fold } from "@/tree/fold";
import { HitIndex } from "@/tree/hits";
import { actionOf } from "@/tree/keyboard";
import { aroundLabel, overlap, SMALLEST_PX } from "@/tree/labels";
import { type Layout, middleOf } from "@/tree/layout";
import { type DiscMark, type LabelMark, type Mark, MOST_MARKS } from "@/tree/marks";
import { buildModel, lifeId, type LineageModel, moreId } from "@/tree/model";
import { toSvg } from "@/tree/painters/svg";
import { tintsOf } from "@/tree/rings/colours";
import { dotsOf, minuteOf } from "@/tree/rings/dots";
import { yearsOf } from "@/tree/rings/years";
import { sceneOf } from "@/tree/scene";
import { BUD } from "@/tree/shoots";
import { NO_DISCS } from "@/tree/spotScene";
import { rimOf } from "@/tree/spots";
import { TOKENS } from "./tokens";
import { childSet, layoutOf, leaves, loadedWith, named, page, world } from "./world";

const labelsOf = (marks: readonly Mark[]) => marks.filter((mark): mark is LabelMark => mark.kind === "label");
const discsOf = (marks: readonly Mark[]) => marks.filter((mark): mark is DiscMark => mark.kind === "disc");
const hubWorld = (total = 100_000) => world({ total, notable: 30, months: 96 });

/** The hub with its 30 children and their children open, and two of its ancestors with their siblings. */
function wideOpen(): LineageModel {
  const lineage = hubWorld();
  const sets = [...lineage.children.notable.map((child) => child.address), ...lineage.ancestors.slice(0, 2).map(({ address }) => address)].map(
    (address, at) => [address, childSet({ total: 9_000, notable: 9, word: `W${named("", at).slice(3, 5)}` })] as [string, ReturnType<typeof childSet>],
  );
  const expanded = new Set([moreId("ancestors", 0), ...buildModel(lineage).ancestors.slice(0, 2)]);
  const plain = buildModel(lineage, loadedWith({ sets }), expanded);
  for (const id of plain.nodes.get(plain.focus)!.children.slice(0, 12)) expanded.add(id);
  return buildModel(lineage, loadedWith({ sets }), expanded);
}

const cases: [string, "rings" | "radial", LineageModel][] = [
  ["Rings of a hub", "rings", buildModel(hubWorld())],
  ["Rings with all open", "rings", wideOpen()],
  ["Rings of 40 children", "rings", buildModel(world({ total: 40, notable: 9 }))],
  ["Rings of nobody", "rings", buildModel(world({ total: 0 }))],
  ["Radial of a hub", "radial", buildModel(hubWorld())],
  ["Radial with all open", "radial", wideOpen()],
  ["Radial of an only child", "radial", buildModel(world({ total: 1, notable: 1 }))],
];

describe.each(cases)("%s", (_, form, model) => {
  const layout = layoutOf(model, form);
  const nodes = [...layout.placed.values()];

  it("lets no two nodes overlap, and none lie on the disc", () => {
    const focus = nodes.find(({ shown }) => shown.kind === "focus")!;
    const rim = focus.spot!.disc ? rimOf(focus.spot!.disc) : 0;
    for (const [at, node] of nodes.entries()) {
      const own = middleOf(node);
      expect(node === focus || Math.hypot(own.x, own.y) > rim + node.spot!.r).toBe(true);
      for (const other of nodes.slice(at + 1)) {
        const there = middleOf(other);
        expect(Math.hypot(own.x - there.x, own.y - there.y)).toBeGreaterThan(node.spot!.r + other.spot!.r);
      }
    }
  });

  it("puts the account in the middle and its chain to the left", () => {
    expect(middleOf(layout.placed.get(model.focus)!)).toEqual({ x: 0, y: 0 });
    const chain = nodes.filter(({ shown }) => shown.kind === "ancestor" || shown.kind === "ancestors").map((node) => middleOf(node).x);
    expect(chain.length).toBeGreaterThan(0);
    expect(chain).toEqual(chain.toSorted((a, b) => a - b));
    expect(chain.at(-1)!).toBeLessThan(-20);
  });

  it.each([0.2, 0.5, 1, 4, 30])("at zoom %f has at most 2,000 marks, no label under 12 px and none over another", (zoom) => {
    const { marks } = sceneOf(layout, { zoom });
    expect(marks.length).toBeGreaterThan(0);
    expect(marks.length).toBeLessThanOrEqual(MOST_MARKS);
    const labels = labelsOf(marks);
    for (const label of labels) expect(label.font.size * zoom).toBeGreaterThanOrEqual(SMALLEST_PX - 0.001);
    const boxes = labels.map(aroundLabel);
    for (const [at, box] of boxes.entries()) for (const other of boxes.slice(at + 1)) expect(overlap(box, other)).toBe(false);
  });

  it("puts no name where something stands over the tree", () => {
    const covered = labelsOf(sceneOf(layout).marks).slice(0, 3).map(aroundLabel);
    expect(covered.length).toBeGreaterThan(0);
    for (const box of covered) {
      for (const label of labelsOf(sceneOf(layout, { covered: box }).marks)) expect(overlap(aroundLabel(label), box)).toBe(false);
    }
  });

  it("says nothing that is not there", () => {
    for (const { text } of labelsOf(sceneOf(layout).marks)) expect(text).not.toMatch(/undefined|null|NaN/);
  });

  it("finds each node where it stands", () => {
    const index = new HitIndex(layout);
    for (const node of nodes) {
      const { x, y } = middleOf(node);
      expect(index.at(x, y)?.id).toBe(node.shown.id);
    }
  });
});

describe("Rings", () => {
  const model = buildModel(hubWorld());
  const layout = layoutOf(model, "rings");
  const focus = layout.placed.get(model.focus)!;
  const disc = focus.spot!.disc!;

  it.each([1, 59, 61, 79_980, 1_000_000])("have exactly as many dots as there are children: %i", (total) => {
    const many = buildModel(world({ total, notable: Math.min(total, 30), months: 96 }));
    const own = discsOf(sceneOf(layoutOf(many, "rings")).marks).find(({ id }) => id === many.focus)!;
    expect(own.disc.count).toBe(total);
  });

  it("grow the thirty with most children from the rim, and say how many more there are", () => {
    const more = buildModel(world({ total: 5_000, notable: 100, months: 90 }));
    const shown = [...everyShown(fold(more, "rings"))];
    expect(shown.filter(({ kind }) => kind === "child")).toHaveLength(30);
    expect(shown.find(({ kind }) => kind === "unlisted")).toMatchObject({ unlisted: 70 });
    expect(shown.some(({ kind }) => kind === "span")).toBe(false);
  });

  it("show the others, too, once they are asked for", () => {
    const lineage = world({ total: 5_000, notable: 100, months: 90 });
    const own = buildModel(lineage).focus;
    const { opens, toggle } = [...everyShown(fold(buildModel(lineage), "rings"))].find(({ kind }) => kind === "unlisted")!;
    expect(toggle).toBe("expand");
    const open = (pages: [string, Children[]][]) => buildModel(lineage, loadedWith({ pages }), new Set([opens]));
    const [want] = open([]).wants;
    expect(want).toMatchObject({ what: "page", of: own, sort: "children", cursor: null });
    expect([...everyShown(fold(open([]), "rings"))].some(({ kind }) => kind === "loading")).toBe(true);
    // The page tells those again that are told at a glance; ten of the hundred are no parents.
    const told = [...lineage.children.notable, ...childSet({ total: 60, notable: 30, word: "MORE" }).notable, ...childSet({ total: 60, notable: 30, word: "REST" }).notable];
    const read = open([[(want as { key: string }).key, [{ ...page([]), notable: told }]]]);
    const shown = [...everyShown(fold(read, "rings"))];
    expect(shown.filter(({ kind }) => kind === "child")).toHaveLength(90);
    expect(shown.find(({ kind }) => kind === "unlisted")).toMatchObject({ unlisted: 10, toggle: null });
    expect(read.wants).toEqual([]);
    const spans = [...read.nodes.values()].filter(({ kind }) => kind === "span").reduce((sum, { count }) => sum + count!.value, 0);
    expect(spans + 90).toBe(5_000);
  });

  it("grow whoever stands out, also for a tag alone", () => {
    const { children, ...facts } = world({ total: 5_000, notable: 2, months: 30 });
    const face = { balance_stroops: null, is_hva: false, name: null, home_domain: null, tags: ["exchange"], is_issuer: null, issues: [] };
    const notable = children.notable.map((child, at) => Object.assign({}, child, { children: 0, face: at === 0 ? face : null }));
    const tagged = buildModel({ ...facts, children: { ...children, notable } });
    expect([...everyShown(fold(tagged, "rings"))].filter(({ kind }) => kind === "child")).toHaveLength(1);
  });

  it("draw a child's own children as a disc, or as twigs while they can be counted", () => {
    const { children, ...facts } = hubWorld();
    const notable = children.notable.slice(0, 2).map((child, at) => Object.assign({}, child, { children: at === 0 ? 5 : 500 }));
    const few = buildModel({ ...facts, children: { ...children, notable } });
    const { placed } = layoutOf(few, "rings");
    const [twigs, many] = few.nodes.get(few.focus)!.children.slice(0, 2).map((id) => placed.get(id)!.spot!);
    expect([twigs!.twigs, twigs!.disc]).toEqual([5, null]);
    expect([many!.twigs, many!.disc?.count]).toEqual([0, 500]);
  });

  describe("whose children have children", () => {
    const lineage = world({ total: 5_000, notable: 9 });
    const [first] = lineage.children.notable;
    const own = childSet({ total: 900, notable: 5, word: "GRAND" });
    const grand = { ...own, notable: own.notable.map((child, at) => Object.assign({}, child, { children: at === 4 ? 0 : 1_000 >> at })) };
    const [before, after] = [loadedWith({}), loadedWith({ sets: [[first!.address, grand]] })].map((loaded) => buildModel(lineage, loaded, new Set(), { glimpses: 8 }));
    const drawn = (one: LineageModel, zoom = 1) => sceneOf(layoutOf(one, "rings"), { zoom }).marks.filter(({ id }) => id === lifeId(first!));

    it("show those that do as buds of their discs, the larger the more they have", () => {
      const dots = drawn(after!).filter((mark) => mark.kind === "dot");
      expect(dots).toHaveLength(4);
      expect(dots.map(({ r }) => r)).toEqual(dots.map(({ r }) => r).toSorted((a, b) => b - a));
      const { x, y, w } = layoutOf(after!, "rings").placed.get(lifeId(first!))!;
      for (const dot of dots) expect(Math.hypot(dot.x - x - w / 2, dot.y - y - w / 2)).toBeCloseTo(w / 2 + BUD, 6);
      expect(drawn(after!, 0.2).filter((mark) => mark.kind === "dot")).toEqual([]);
    });

    it("let nothing move when they become known", () => {
      const places = (one: LineageModel) => [...layoutOf(one, "rings").placed.values()].map(({ x, y, w }) => [x, y, w]);
      expect(places(after!)).toEqual(places(before!));
      expect(drawn(before!).filter((mark) => mark.kind === "dot")).toEqual([]);
    });
  });

  it("know each dot under the pointer, however close one looks", () => {
    const index = new HitIndex(layout);
    for (const at of [0, 1, 500, 33_333, 99_999]) {
      const { x, y } = dotAt(disc, at);
      expect(index.at(x, y)).toEqual({ id: model.focus, part: "dot", dot: { of: model.focus, at } });
    }
    expect(index.at(0, 0)).toMatchObject({ id: model.focus, part: "card" });
  });

  it("are seen from as far as one can zoom out", () => {
    expect(discsOf(sceneOf(layout, { zoom: ZOOMS[0] }).marks).map(({ id }) => id)).toContain(model.focus);
  });

  it("look into a child's disc only when its dots lie apart", () => {
    const child = [...layout.placed.values()].find(({ spot, shown }) => spot!.disc && shown.kind === "child")!;
    const { x, y } = middleOf(child);
    expect(new HitIndex(layout).at(x + 3, y, { zoom: 1 })?.part).toBe("card");
    expect(new HitIndex(layout).at(x + 3, y, { zoom: 60 })?.part).toBe("dot");
  });

  it("can be zoomed into until their dots lie apart", () => {
    const [, most] = zoomsOf(layoutOf(buildModel(hubWorld(1_000_000)), "rings"));
    const million = layoutOf(buildModel(hubWorld(1_000_000)), "rings").placed.get(model.focus)!.spot!.disc!;
    expect(most * million.pitch).toBeGreaterThan(24);
  });

  it("show as many years as can be read, each on its ring", () => {
    const dots = dotsOf(hubWorld().children);
    const discs = { ...NO_DISCS, years: yearsOf(dots) };
    const years = (zoom: number) => labelsOf(sceneOf(layout, { zoom, discs }).marks).filter(({ text }) => /^\d{4}$/.test(text));
    expect(years(0.4).length).toBeLessThan(years(3).length);
    for (const { text, y } of years(3)) {
      const { before } = discs.years.find(({ year }) => year === text)!;
      expect(-y).toBeCloseTo(disc.pitch * Math.sqrt(before + disc.hole), 6);
    }
  });

  it("mark a dot with the line from its creator", () => {
    const marked = sceneOf(layout, { discs: { ...NO_DISCS, marked: [{ of: model.focus, at: 77 }] } }).marks;
    const { x, y } = dotAt(disc, 77);
    expect(marked.find((mark) => mark.kind === "link" && mark.x1 === x && mark.y1 === y)?.ink).toBe("action");
    expect(marked.length).toBe(sceneOf(layout).marks.length + 4);
  });

  it("light the whole path of what is looked at", () => {
    const child = model.nodes.get(model.focus)!.children[3]!;
    const lit = sceneOf(layout, { hovered: child }).marks.filter((mark) => mark.kind === "link" && mark.alpha === 1);
    expect(lit.map(({ id, ink }) => [id, ink])).toContainEqual([child, "action"]);
    expect(lit.map(({ id, ink }) => [id, ink])).toContainEqual([model.focus, "ancestry"]);
  });

  it("are walked by the keys: outward, back, and around clockwise", () => {
    const first = fold(model, "rings").children[0]!.children[0]!.id;
    expect(actionOf("ArrowRight", layout, model.focus)).toEqual({ do: "go", id: first });
    expect(actionOf("ArrowLeft", layout, first)).toEqual({ do: "go", id: model.focus });
    const around = [...layout.placed.values()].filter(({ shown }) => shown.parent === model.focus).toSorted((a, b) => a.spot!.angle - b.spot!.angle);
    expect(actionOf("ArrowDown", layout, around[4]!.shown.id)).toEqual({ do: "go", id: around[5]!.shown.id });
  });

  it("open with the whole disc in view, also on a telephone", () => {
    for (const size of [{ width: 1_040, height: 480 }, { width: 390, height: 500 }]) {
      const view = opening(layout, model.focus, size);
      const r = rimOf(disc) * view.k;
      expect(view.x - r).toBeGreaterThan(0);
      expect(view.x + r).toBeLessThan(size.width);
      expect(view.y - r).toBeGreaterThan(0);
      expect(view.y + r).toBeLessThan(size.height);
    }
  });
});

describe("a dot in words", () => {
  it("says what its place tells before it is read, and who it is afterwards", () => {
    expect(describeDot({ at: 12_344, count: 79_980 }, { life: null, month: "2018-11", moment: null, balance: null })).toMatchObject({
      title: "Child 12,345 of 79,980",
      rows: [["created", "Nov 2018"], ["starting balance", "–"]],
    });
    const told = { life: null, month: "2018-11", moment: "2018-11-05T10:00:00Z", balance: "2 – 10" };
    expect(describeDot({ at: 1, count: 5 }, told).rows).toEqual([["created", "2018-11-05"], ["starting balance", "2 – 10 XLM"]]);
    const [life] = leaves(1);
    const words = describeDot({ at: 0, count: 5 }, { life: { ...life!, ended_op: "9" }, month: "2018-11", moment: null, balance: null });
    expect(words).toMatchObject({ title: life!.address, mono: true });
    expect(words.notes.join()).toContain("Merged away");
  });
});

describe("the SVG painter", () => {
  it("writes every dot of a disc, each in its colour, and the curves between", () => {
    const lineage = world({ total: 500, notable: 3, months: 30 });
    const model = buildModel(lineage);
    const dots = dotsOf(lineage.children);
    const tints = new Map([[model.focus, tintsOf(dots, "age", { from: minuteOf("2018-11"), to: minuteOf("2021-05") })]]);
    const scene = sceneOf(layoutOf(model, "rings"), { discs: { ...NO_DISCS, tints, years: yearsOf(dots) } });
    const parsed = new DOMParser().parseFromString(toSvg(scene, TOKENS, { title: "Rings" }), "image/svg+xml");
    const drawn = [...parsed.querySelectorAll("g path")].map((path) => path.getAttribute("d")!.match(/M/g)!.length);
    const discs = discsOf(scene.marks).reduce((sum, { disc }) => sum + disc.count, 0);
    expect(drawn.reduce((sum, count) => sum + count, 0)).toBe(discs);
    expect(parsed.querySelectorAll("g path[stroke='rgb(0, 0, 0)']").length).toBeGreaterThan(0);
    expect([...parsed.querySelectorAll("text")].map(({ textContent }) => textContent)).toContain("2020");
  });
});

/** Kept here so that a layout that grows slow is seen: Q11 measures it in a browser. */
describe("the layout of a hub", () => {
  it("does not grow with its number of children", () => {
    const size = (layout: Layout) => layout.placed.size;
    expect(size(layoutOf(buildModel(hubWorld(1_000_000)), "rings"))).toBe(size(layoutOf(buildModel(hubWorld(1_000)), "rings")));
  });
});
