/**
 * Where each drawn node stands: left to right, parents centred on their children, the account at the origin. The chain
 * that leads to it is level, whatever stands beside it.
 */

import { flextree } from "d3-flextree";
import { type Card, TALL } from "./cards";
import type { Shown } from "./fold";
import type { TreeForm } from "./forms";
import { Skyline } from "./skyline";
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
  /** Null: no node, but what several nodes have in common. */
  readonly shown: Shown | null;
  readonly card: Card | null;
  readonly children: Datum[];
}

export function layOut(root: Shown, cardOf: (shown: Shown) => Card, spacing: Spacing = ROOMY): Layout {
  const chain = [root];
  while (chain.at(-1)!.kind !== "focus" && chain.at(-1)!.children[0]) chain.push(chain.at(-1)!.children[0]!);
  const placed = new Map<string, Placed>();
  const beside = new Beside(cardOf, spacing);
  const boxes = beside.account(chain.at(-1)!);
  boxes.push(...chain.at(-1)!.lives.flatMap((life) => beside.life(life)));
  for (let at = chain.length - 2; at >= 0; at -= 1) boxes.unshift(...beside.hop(chain[at]!));
  for (const box of boxes) placed.set(box.shown.id, box);
  const bounds = boundsOf(placed.values());
  return { form: "tidy", placed, bounds, heart: bounds };
}

/** Places the chain from the account outwards: half of the siblings of each hop stand above it, half below, as near as there is room. */
class Beside {
  private readonly above = new Skyline(-1);
  private readonly below = new Skyline(1);
  private left = 0;

  constructor(
    private readonly cardOf: (shown: Shown) => Card,
    private readonly spacing: Spacing,
  ) {}

  /** The account with all that grows from it. */
  account(focus: Shown): Placed[] {
    return this.stand(grown(datumOf(focus, this.cardOf), this.spacing));
  }

  /** An earlier life of the account with who created it, above its chain. */
  life(shown: Shown): Placed[] {
    let right = 0;
    const boxes = [shown, ...shown.children].map((each) => {
      const card = this.cardOf(each);
      right -= this.spacing.shortest + card.w;
      return { x: right, y: -card.h / 2, w: card.w, h: card.h, card, shown: each, spot: null };
    });
    const gap = this.spacing.row * KINDS;
    const shift = Math.min(this.above.shiftOf(boxes, gap), -(Math.max(...boxes.map(({ h }) => h)) + TALL) / 2 - gap);
    return this.stand(boxes.map((box) => moved(box, shift)));
  }

  /** One hop of the chain, and what it has beside the next one. */
  hop(shown: Shown): Placed[] {
    const siblings = shown.children.slice(1);
    const half = Math.ceil(siblings.length / 2);
    const column = this.left;
    const beside = [...this.group(siblings.slice(0, half), column, this.above), ...this.group(siblings.slice(half), column, this.below)];
    const card = this.cardOf(shown);
    this.left = column - gapAfter(shown, this.spacing) - card.w;
    const box = { x: this.left, y: -card.h / 2, w: card.w, h: card.h, card, shown, spot: null };
    return [...this.stand([box]), ...beside];
  }

  private group(siblings: readonly Shown[], x: number, side: Skyline): Placed[] {
    if (siblings.length === 0) return [];
    const data = siblings.map((shown) => datumOf(shown, this.cardOf));
    const boxes = grown({ shown: null, card: null, children: data }, this.spacing, x);
    const shift = side.shiftOf(boxes, this.spacing.row * KINDS);
    return this.stand(boxes.map((box) => moved(box, shift)));
  }

  private stand(boxes: Placed[]): Placed[] {
    for (const box of boxes) {
      this.above.add(box);
      this.below.add(box);
    }
    return boxes;
  }
}

function moved({ x, y, w, h, card, shown, spot }: Placed, down: number): Placed {
  return { x, y: y + down, w, h, card, shown, spot };
}

/** A tree by itself, its root's middle at the height 0 and its left side at `left`; without a card it is only what its children share. */
function grown(root: Datum, spacing: Spacing, left = 0): Placed[] {
  const tree = flextree<Datum>({
    children: ({ children }) => children,
    nodeSize: ({ data }) => (data.shown ? [data.card!.h, data.card!.w + gapAfter(data.shown, spacing)] : [0, 0]),
    spacing: (a, b) => spacing.row * (a.parent !== b.parent ? COUSINS : a.data.shown?.kind === b.data.shown?.kind ? 1 : KINDS),
  });
  const laid = tree(tree.hierarchy(root));
  return laid.nodes.flatMap(({ data: { card, shown }, x, y }) =>
    shown ? [{ x: y - laid.y + left, y: x - laid.x - card!.h / 2, w: card!.w, h: card!.h, card: card!, shown, spot: null }] : [],
  );
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

/** From a node to its children. */
export function gapAfter(shown: Shown, { shortest, longest }: Spacing): number {
  return mix(shortest, longest, Math.min(1, shown.children.length / LONGEST_FROM));
}

function datumOf(shown: Shown, cardOf: (shown: Shown) => Card): Datum {
  return { shown, card: cardOf(shown), children: shown.children.map((child) => datumOf(child, cardOf)) };
}
