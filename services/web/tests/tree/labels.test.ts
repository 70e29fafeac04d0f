import { describe, expect, it } from "vitest";
import type { ChildFace, ChildSet } from "@/api/types";
import { describe as inWords } from "@/tree/describe";
import { aroundLabel, candidateOf, overlap, placeLabels, RANK, rankOf, SMALLEST_PX } from "@/tree/labels";
import { boundsOf, type Layout, middleOf, type Placed } from "@/tree/layout";
import type { LabelMark } from "@/tree/marks";
import { estimate } from "@/tree/measure";
import { buildModel, type LineageModel, moreId } from "@/tree/model";
import { sceneOf } from "@/tree/scene";
import { rimOf } from "@/tree/spots";
import { layoutOf, loadedWith, world } from "./world";

type Random = () => number;

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function random(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function faceOf(next: Random): ChildFace | null {
  if (next() < 0.3) return null;
  const name = next() < 0.5 ? "A name of some length ".repeat(4).slice(0, 2 + Math.floor(next() * 60)) : null;
  return { balance_stroops: "1", is_hva: next() < 0.3, name, home_domain: null, tags: [], is_issuer: null, issues: [] };
}

function faced(set: ChildSet, next: Random): ChildSet {
  return { ...set, notable: set.notable.map((child) => Object.assign({}, child, { face: faceOf(next), children: Math.floor(next() ** 4 * 9_000) })) };
}

function modelOf(next: Random): LineageModel {
  const lineage = world({ total: 1 + Math.floor(next() ** 3 * 200_000), notable: Math.floor(next() * 31), months: 1 + Math.floor(next() * 96) }, 1 + Math.floor(next() * 9));
  const children = faced(lineage.children, next);
  const open = next() < 0.5 ? children.notable.slice(0, 3).map(({ address }) => [address, faced(world({ total: 400, notable: 9 }).children, next)] as [string, ChildSet]) : [];
  const plain = buildModel({ ...lineage, children }, loadedWith({ sets: open }));
  const expanded = new Set([moreId("ancestors", 0), ...plain.nodes.get(plain.focus)!.children.slice(0, open.length)]);
  return buildModel({ ...lineage, children }, loadedWith({ sets: open }), expanded);
}

/** The same nodes, pushed about so that they crowd. */
function crowded(layout: Layout, next: Random): Layout {
  const by = next() * 120;
  const placed = new Map<string, Placed>();
  for (const [id, node] of layout.placed) placed.set(id, { ...node, x: node.x * 0.7 + by * (next() - 0.5), y: node.y * 0.7 + by * (next() - 0.5) });
  return { ...layout, placed, bounds: boundsOf(placed.values()) };
}

interface Case {
  readonly layout: Layout;
  readonly zoom: number;
  readonly labels: readonly LabelMark[];
  /** Of whom a dot is drawn. */
  readonly drawn: ReadonlySet<string>;
}

function caseOf(seed: number, form: "rings" | "tidy" | "radial"): Case {
  const next = random(seed);
  const tidy = layoutOf(modelOf(next), form);
  const layout = seed % 2 === 0 ? tidy : crowded(tidy, next);
  const ids = [...layout.placed.keys()];
  const pick = () => ids[Math.floor(next() * ids.length)]!;
  const [zoom, selected, hovered] = [0.1 * 40 ** next(), new Set([pick()]), next() < 0.5 ? pick() : null];
  const { x, y, w, h } = layout.bounds;
  const visible = next() < 0.5 ? null : { x: x + w * next() * 0.5, y: y + h * next() * 0.5, w: 1_000 / zoom, h: 600 / zoom };
  const { marks } = sceneOf(layout, { zoom, visible, selected, hovered });
  const drawn = new Set(marks.filter(({ kind }) => kind === "dot" || kind === "disc").map(({ id }) => id));
  return { layout, zoom, drawn, labels: marks.filter((mark): mark is LabelMark => mark.kind === "label") };
}

const SEEDS = Array.from({ length: 60 }, (_, at) => 1 + at);

describe.each(["rings", "tidy", "radial"] as const)("labels of %s, drawn at random", (form) => {
  it.each(SEEDS)("are never under 12 px, and never over each other (%i)", (seed) => {
    const { zoom, labels } = caseOf(seed, form);
    for (const { font } of labels) expect(font.size * zoom).toBeGreaterThanOrEqual(SMALLEST_PX - 0.001);
    const boxes = labels.map(aroundLabel);
    for (const [at, box] of boxes.entries()) for (const other of boxes.slice(0, at)) expect(overlap(box, other)).toBe(false);
  });
});

describe.each(["rings", "radial"] as const)("names beside dots of %s", (form) => {
  it.each(SEEDS)("lie on no dot and on no disc (%i)", (seed) => {
    const { layout, labels, drawn } = caseOf(seed, form);
    const focus = [...layout.placed.values()].find(({ shown }) => shown.kind === "focus")!;
    const seen = [...layout.placed.values()].filter((node) => drawn.has(node.shown.id) && node !== focus);
    const [rim, middle] = [focus.spot!.disc ? rimOf(focus.spot!.disc) : 0, middleOf(focus)];
    for (const label of labels.filter(({ halo }) => halo)) {
      const box = aroundLabel(label);
      expect(seen.filter((node) => overlap(box, node)).map(({ shown }) => [shown.id, label.text])).toEqual([]);
      expect(Math.hypot(gap(box.x, box.w, middle.x), gap(box.y, box.h, middle.y))).toBeGreaterThanOrEqual(rim - 0.001);
    }
  });
});

function gap(start: number, length: number, at: number): number {
  return Math.max(start - at, 0, at - start - length);
}

describe("a label that found no room", () => {
  it.each(Array.from({ length: 30 }, (_, at) => 2 * at + 1))("gave way to one that is at least as important (%i)", (seed) => {
    const { layout, zoom } = caseOf(seed, "tidy");
    const candidates = [...layout.placed.values()].map((node) => candidateOf(node, { zoom, path: new Set(), selected: new Set() }));
    const labels = placeLabels(candidates, zoom, estimate);
    const ranks = new Map(candidates.map(({ title, rank }) => [title.id, rank]));
    for (const missing of candidates.filter(({ title }) => !labels.some(({ id }) => id === title.id))) {
      const { title, rank } = missing;
      const size = Math.max(title.font.size, SMALLEST_PX / zoom);
      const room = { x: title.left - 4, y: Math.min(title.y, missing.middle) - size, w: title.right - title.left + 8, h: Math.abs(title.y - missing.middle) + 2 * size };
      const narrow = title.texts.every((text) => estimate(text, { ...title.font, size }) > title.right - title.left);
      expect(narrow || labels.some((label) => overlap(aroundLabel(label), room) && ranks.get(label.id)! <= rank)).toBe(true);
    }
  });
});

describe("what is more important", () => {
  const lineage = world({ total: 5_000, notable: 9 });
  const faces = [{ is_hva: true, name: null }, { is_hva: false, name: "Named" }, null];
  const notable = lineage.children.notable.map((child, at) => Object.assign({}, child, { face: faces[at] ? { ...faceOf(() => 0.9)!, ...faces[at] } : null }));
  const model = buildModel({ ...lineage, children: { ...lineage.children, notable } });
  const children = model.nodes.get(model.focus)!.children;

  it("is the path, then the selection, then high value, then a name, then all other descendants", () => {
    const layout = layoutOf(model, "radial");
    const rank = (id: string, state: Partial<Parameters<typeof rankOf>[1]> = {}) => rankOf(layout.placed.get(id)!, { path: new Set(), selected: new Set(), ...state });
    const [valued, named, plain] = [children[0]!, children[1]!, children[2]!];
    const ranks = [rank(plain, { path: new Set([plain]) }), rank(plain, { selected: new Set([plain]) }), rank(model.focus), rank(valued), rank(named), rank(plain)];
    expect(ranks).toEqual([RANK.path, RANK.selection, RANK.origin, RANK.valued, RANK.named, RANK.descendant]);
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
  });

  it.each(["rings", "tidy", "radial"] as const)("is marked where it is of high value, in the form %s and in words", (form) => {
    const layout = layoutOf(model, form);
    const labels = sceneOf(layout).marks.filter((mark): mark is LabelMark => mark.kind === "label");
    expect(labels.filter(({ text }) => text.startsWith("★ G")).map(({ id }) => id)).toEqual([children[0]]);
    expect(inWords(layout.placed.get(children[0]!)!.shown).notes.join()).toContain("High value");
  });
});
