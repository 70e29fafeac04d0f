/** The ranks of an account over some days as a line: rank 1 is on top, and what is not known is a gap. */

import { formatCount } from "@/formats/amounts";

export type Ranks = readonly (number | null)[];

export interface Line {
  /** One for each stretch of days that are known. */
  paths: string[];
  /** Where the last known rank is. */
  end: { x: number; y: number } | null;
}

/** A line is not drawn steeper than this: a step of one place among thousands is no cliff. */
const LEAST_SPAN = 6;
const LEAST_SHARE = 0.04;

export function lineOf(ranks: Ranks, width: number, height: number): Line {
  const known = ranks.filter((rank) => rank !== null);
  if (known.length === 0) return { paths: [], end: null };
  const best = Math.min(...known);
  const worst = Math.max(...known);
  const middle = (best + worst) / 2;
  const span = Math.max(worst - best, LEAST_SPAN, worst * LEAST_SHARE);
  const step = ranks.length > 1 ? width / (ranks.length - 1) : 0;
  const place = (rank: number, day: number) => ({ x: round(day * step), y: round(((rank - middle) / span + 0.5) * height) });
  const points = ranks.map((rank, day) => (rank === null ? null : place(rank, day)));
  return { paths: stretches(points).map(pathOf), end: points.findLast((point) => point !== null) ?? null };
}

/** In words, for readers: where it began, where it is, and how far it went between. */
export function lineWords(ranks: Ranks): string {
  const known = ranks.filter((rank) => rank !== null);
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) return "No rank on these days";
  if (known.length === 1) return `Rank ${formatCount(last)}; earlier ranks are not known`;
  const days = `Rank over ${ranks.length} days`;
  const [best, worst] = [Math.min(...known), Math.max(...known)];
  if (best === worst) return `${days}: ${formatCount(last)} throughout`;
  return `${days}: from ${formatCount(first)} to ${formatCount(last)}, best ${formatCount(best)}, worst ${formatCount(worst)}`;
}

type Point = NonNullable<Line["end"]>;

/** Known days in a row. One that stands alone is a short dash, so that it is seen. */
function stretches(points: readonly (Point | null)[]): Point[][] {
  const found: Point[][] = [];
  let open: Point[] = [];
  for (const point of [...points, null]) {
    if (point) open.push(point);
    else if (open.length > 0) {
      found.push(open);
      open = [];
    }
  }
  return found;
}

function pathOf(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  return `M${first.x} ${first.y}${rest.length > 0 ? rest.map(({ x, y }) => `L${x} ${y}`).join("") : "h0.01"}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
