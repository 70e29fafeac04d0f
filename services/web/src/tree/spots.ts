/** How large each node is where nodes are dots: discs of dots, dots with twigs, groups, leaves. */

import type { Card } from "./cards";
import type { Shown } from "./fold";
import type { TreeForm } from "./forms";

/** The children of a node as dots on a disc. */
export interface Disc {
  /** Exactly as many dots. */
  readonly count: number;
  /** Distance between neighbours, roughly, in pixels of the layout. */
  readonly pitch: number;
  /** Places in the middle that stay empty, so that what stands there hides no dot. */
  readonly hole: number;
}

export interface Spot {
  /** The way it grows, in radians, clockwise from the right. */
  readonly angle: number;
  /** Of its dot, or of its disc. */
  readonly r: number;
  readonly disc: Disc | null;
  /** Children that are known in number alone, few enough for a twig each. */
  readonly twigs: number;
  /** How many children each of its children has that stand out, as far as that is known; null where none are to grow. */
  readonly buds: readonly number[] | null;
  /** Where its name stands: beyond it, or over it where something else follows there. */
  readonly label: "out" | "over";
}

export type Size = Pick<Spot, "r" | "disc" | "twigs" | "buds">;
/** The sizes of one node; the card has its words. */
export interface Sprout extends Size {
  readonly shown: Shown;
  readonly card: Card;
  readonly children: readonly Sprout[];
  readonly lives: readonly Sprout[];
}

/** Radius of the account's own disc, whatever its number of children. */
const DISC = 190;
const LARGEST_PITCH = 11;
const HOLE = 17;
/** Fewer children than this are twigs, not a disc. */
export const MOST_TWIGS = 12;
const CHILD_DISC = { least: 9, most: 66, share: 0.62 };
const GROUP = { least: 5, most: 26, million: 6 };
export const OWN_DOT = 9;
const LEAF_DOT = 3;
const PARENT_DOT = 4.5;
const FOLD_DOT = 4;
/** Half of a diamond. */
export const ASSET_DOT = 5;

export function sprout(root: Shown, form: TreeForm, cardOf: (shown: Shown) => Card): Sprout {
  const focus = focusOf(root);
  const own = form === "rings" ? focusDisc(focus) : null;
  const grow = (shown: Shown): Sprout => ({
    shown,
    card: cardOf(shown),
    children: shown.children.map(grow),
    lives: shown.lives.map(grow),
    ...(shown === focus ? { r: OWN_DOT, disc: own, twigs: 0, buds: null } : sizeOf(shown, form, own?.pitch ?? 1)),
  });
  return grow(root);
}

/** Distance from the middle of a disc to its rim. */
export function rimOf({ count, pitch, hole }: Disc): number {
  return pitch * Math.sqrt(count + hole);
}

/** Radius of a single dot of a disc, in pixels of the layout. */
export function dotRadius(pitch: number): number {
  return Math.min(4.5, pitch * 0.62);
}

function focusDisc({ node }: Shown): Disc | null {
  const count = node?.count?.value ?? 0;
  if (count === 0) return null;
  const pitch = Math.min(LARGEST_PITCH, DISC / Math.sqrt(count));
  return { count, pitch, hole: Math.ceil((HOLE / pitch) ** 2) };
}

function sizeOf({ kind, node, hidden, children }: Shown, form: TreeForm, pitch: number): Size {
  const count = node?.count?.value ?? 0;
  if (kind === "span" || kind === "undated") return group(count);
  if (kind === "more" || kind === "siblings") return { r: groupRadius(hidden), disc: null, twigs: 0, buds: null };
  if (kind === "ancestor" || kind === "life") return { r: PARENT_DOT + 1, disc: null, twigs: 0, buds: null };
  if (kind === "maker") return { r: PARENT_DOT, disc: null, twigs: 0, buds: null };
  if (kind === "asset") return { r: ASSET_DOT, disc: null, twigs: 0, buds: null };
  if (kind !== "child") return { r: FOLD_DOT, disc: null, twigs: 0, buds: null };
  if (form !== "rings" || count <= MOST_TWIGS) {
    const twigs = form === "rings" && children.length === 0 ? count : 0;
    return { r: node?.count ? PARENT_DOT : LEAF_DOT, disc: null, twigs, buds: null };
  }
  const r = Math.min(CHILD_DISC.most, Math.max(CHILD_DISC.least, CHILD_DISC.share * pitch * Math.sqrt(count)));
  return { r, disc: { count, pitch: r / Math.sqrt(count), hole: 0 }, twigs: 0, buds: children.length === 0 ? (node?.buds ?? null) : null };
}

/** As many dots as there are accounts, on a disc whose size they share. */
function group(count: number): Size {
  const r = groupRadius(count);
  return { r, disc: { count, pitch: Math.min(LARGEST_PITCH, r / Math.sqrt(count)), hole: 0 }, twigs: 0, buds: null };
}

/** Grows with the logarithm: a month of ten and one of ten thousand stand side by side. */
function groupRadius(count: number): number {
  const { least, most, million } = GROUP;
  return least + (most - least) * Math.min(1, Math.log10(Math.max(1, count)) / million) ** 1.5;
}

function focusOf(root: Shown): Shown {
  let at = root;
  while (at.kind !== "focus") at = at.children[0]!;
  return at;
}
