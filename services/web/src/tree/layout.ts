/** Where each drawn node stands: left to right, parents centred on their children, the account at the origin. */

import { flextree } from "d3-flextree";
import type { Card } from "./cards";
import type { Shown } from "./fold";
import type { TreeForm } from "./forms";
import type { Spot } from "./spots";

/** Pixels at zoom 1. */
export interface Spacing {
  /** Between two siblings. */
  readonly row: number;
  /** From a node to its children: the more children, the longer, between these two. */
  readonly shortest: number;
  readonly longest: number;
}

export const ROOMY: Spacing = { row: 5, shortest: 40, longest: 76 };
export const NARROW: Spacing = { row: 6, shortest: 24, longest: 32 };

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}
export interface Placed extends Box {
  readonly card: Card;
  readonly shown: Shown;
  /** Where nodes are dots; null where they are cards. */
  readonly spot: Spot | null;
}
/** A node that is drawn as a dot. */
export type SpotNode = Placed & { readonly spot: Spot };
export interface Layout {
  readonly form: TreeForm;
  /** By id, parents first. */
  readonly placed: ReadonlyMap<string, Placed>;
  readonly bounds: Box;
  /** Without the chain. */
  readonly heart: Box;
}

/** Between cousins, and between accounts and months, in rows. */
const COUSINS = 3;
const KINDS = 2;
const LONGEST_FROM = 12;

interface Datum {
  readonly shown: Shown;
  readonly card: Card;
  readonly children: Datum[];
}

export function layOut(root: Shown, cardOf: (shown: Shown) => Card, spacing: Spacing = ROOMY): Layout {
  const tree = flextree<Datum>({
    children: ({ children }) => children,
    nodeSize: ({ data }) => [data.card.h, data.card.w + gapAfter(data.shown, spacing)],
    spacing: (a, b) => spacing.row * (a.parent !== b.parent ? COUSINS : a.data.shown.kind === b.data.shown.kind ? 1 : KINDS),
  });
  const laid = tree(tree.hierarchy(datumOf(root, cardOf)));
  const origin = laid.nodes.find(({ data }) => data.shown.kind === "focus") ?? laid;
  const placed = new Map<string, Placed>();
  for (const { data, x, y } of laid.nodes) {
    const { card, shown } = data;
    const box = { x: y - origin.y, y: x - origin.x - card.h / 2, w: card.w, h: card.h };
    placed.set(shown.id, { ...box, card, shown, spot: null });
  }
  const bounds = boundsOf(placed.values());
  return { form: "tidy", placed, bounds, heart: bounds };
}

export function middleOf({ x, y, w, h }: Box): { x: number; y: number } {
  return { x: x + w / 2, y: y + h / 2 };
}

/** The smallest box around all. */
export function boundsOf(boxes: Iterable<Box>): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y, w, h } of boxes) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + w);
    bottom = Math.max(bottom, y + h);
  }
  return left > right ? { x: 0, y: 0, w: 0, h: 0 } : { x: left, y: top, w: right - left, h: bottom - top };
}

/** On the way from one layout to another; nodes that are new come out of their parent. */
export function between(from: Layout, to: Layout, part: number): Layout {
  const placed = new Map<string, Placed>();
  for (const [id, end] of to.placed) {
    const start = from.placed.get(id) ?? birthplace(from, to, end);
    placed.set(id, { ...end, x: mix(start.x, end.x, part), y: mix(start.y, end.y, part) });
  }
  return { ...to, placed };
}

function birthplace(from: Layout, to: Layout, node: Placed): { x: number; y: number } {
  let parent = node.shown.parent;
  while (parent !== null) {
    const old = from.placed.get(parent);
    if (old) return { x: old.x + old.w - node.w / 2, y: old.y + (old.h - node.h) / 2 };
    parent = to.placed.get(parent)?.shown.parent ?? null;
  }
  return node;
}

function mix(a: number, b: number, part: number): number {
  return a + (b - a) * part;
}

function gapAfter(shown: Shown, { shortest, longest }: Spacing): number {
  return mix(shortest, longest, Math.min(1, shown.children.length / LONGEST_FROM));
}

function datumOf(shown: Shown, cardOf: (shown: Shown) => Card): Datum {
  return { shown, card: cardOf(shown), children: shown.children.map((child) => datumOf(child, cardOf)) };
}
