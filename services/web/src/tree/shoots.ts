/**
 * What grows from a child that is not open: a twig for each of its children where they are few and known in number alone,
 * a bud for each of them that stands out where they are a disc.
 */

import { middleOf, type SpotNode } from "./layout";
import type { Spot } from "./spots";

/** How long a twig is, and a bud. */
export const TWIG = 13;
export const BUD = 20;
const TWIGS = { apart: 0.35, spread: 1.8 };
/** Between the ends of two buds; they never turn back to where the disc itself grows from. */
const BUDS = { apart: 12, spread: 2.2, most: 9 };
const SMALL = 1.7;
const DECADE = 0.85;

export interface Bud {
  readonly x: number;
  readonly y: number;
  /** The way it grows. */
  readonly angle: number;
  /** Of its dot: grows with the logarithm of what it has created. */
  readonly r: number;
  readonly children: number;
}

/** Where the twigs of a node end. */
export function twigEnds(node: SpotNode): { x: number; y: number }[] {
  const { twigs, angle, r } = node.spot;
  const middle = middleOf(node);
  const apart = Math.min(TWIGS.apart, TWIGS.spread / Math.max(1, twigs));
  return Array.from({ length: twigs }, (_, at) => {
    const own = angle + (at - (twigs - 1) / 2) * apart;
    return { x: middle.x + (r + TWIG) * Math.cos(own), y: middle.y + (r + TWIG) * Math.sin(own) };
  });
}

/** As many of those that created most as there is room for. */
export function budsOf(node: SpotNode): Bud[] {
  const { buds, angle, r } = node.spot;
  const middle = middleOf(node);
  const { apart, most } = budFan(r);
  return (buds ?? []).slice(0, most).map((children, at, { length }) => {
    const own = angle + (at - (length - 1) / 2) * apart;
    const [x, y] = [middle.x + (r + BUD) * Math.cos(own), middle.y + (r + BUD) * Math.sin(own)];
    return { x, y, angle: own, r: SMALL + DECADE * Math.log10(Math.max(1, children)), children };
  });
}

/** How far sideways and outwards a node reaches with what grows from it. Buds have their room before they are known. */
export function shootReach({ r, twigs, buds }: Pick<Spot, "r" | "twigs" | "buds">): number {
  if (buds === null) return twigs > 0 ? r + TWIG : r;
  const { apart, most } = budFan(r);
  const half = ((most - 1) * apart) / 2;
  return Math.max(r, (r + BUD) * Math.sin(Math.min(Math.PI / 2, half)) + BUDS.apart / 2);
}

function budFan(r: number): { apart: number; most: number } {
  const apart = BUDS.apart / (r + BUD);
  return { apart, most: Math.max(1, Math.min(BUDS.most, Math.floor(BUDS.spread / apart))) };
}
