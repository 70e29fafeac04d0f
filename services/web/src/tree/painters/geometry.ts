/** Curves and corners, the same in every painter. */

import type { CaretMark, DotMark, EdgeMark } from "../marks";

/** Corner radius of cards, in pixels of the layout. */
export const RADIUS = 7;
/** Width of the line around free texts, of their size. */
export const HALO = 0.3;
/** Of dashed lines: painted, left out. */
export const DASHES = [4, 3];
const BEND = 0.5;

export interface Curve {
  readonly x0: number;
  readonly y0: number;
  /** Both control points lie here; their heights are those of the ends. */
  readonly bend: number;
  readonly x1: number;
  readonly y1: number;
}

/** The corners of a diamond, from the top clockwise. */
export function diamondPoints({ x, y, r }: Pick<DotMark, "x" | "y" | "r">): [x: number, y: number][] {
  return [[x, y - r], [x + r, y], [x, y + r], [x - r, y]];
}

/** Leaves and arrives level. */
export function curveOf({ x0, y0, x1, y1 }: EdgeMark): Curve {
  return { x0, y0, bend: x0 + (x1 - x0) * BEND, x1, y1 };
}

/** An edge that widens is the area between two curves. */
export function bandOf(edge: EdgeMark): [upper: Curve, lower: Curve] {
  const { x0, y0, bend, x1, y1 } = curveOf(edge);
  const [start, end] = [edge.w0 / 2, edge.w1 / 2];
  return [
    { x0, y0: y0 - start, bend, x1, y1: y1 - end },
    { x0, y0: y0 + start, bend, x1, y1: y1 + end },
  ];
}

export function isBand({ w0, w1 }: EdgeMark): boolean {
  return Math.abs(w0 - w1) > 0.01;
}

/** A small triangle: to the right when closed, down when open. */
export function caretPoints({ x, y, size, open }: CaretMark): [number, number][] {
  const [long, short] = [size / 2, size * 0.32];
  return open
    ? [
        [x - long, y - short],
        [x + long, y - short],
        [x, y + short + 1],
      ]
    : [
        [x - short, y - long],
        [x + short + 1, y],
        [x - short, y + long],
      ];
}
