/** How far apart nodes stand, as a person likes it: in percent of what suits the form. */

import type { Spacing } from "./layout";

export interface Spread {
  /** Between siblings. */
  readonly vertical: number;
  /** From a node to its children, few of them and many. */
  readonly shortest: number;
  readonly longest: number;
}

export const SPREADS = ["vertical", "shortest", "longest"] as const satisfies (keyof Spread)[];
export const AS_IT_IS: Spread = { vertical: 100, shortest: 100, longest: 100 };
export const LEAST = 40;
export const MOST = 400;

/** What was written by `spreadText`, or as it is. */
export function spreadOf(text: string | null): Spread {
  const parts = (text ?? "").split(",").map(Number);
  const valid = parts.length === SPREADS.length && parts.every((part) => part >= LEAST && part <= MOST);
  return valid ? { vertical: parts[0]!, shortest: parts[1]!, longest: parts[2]! } : AS_IT_IS;
}

/** Null where it is as it is. */
export function spreadText(spread: Spread): string | null {
  return isChanged(spread) ? SPREADS.map((name) => spread[name]).join(",") : null;
}

export function isChanged(spread: Spread): boolean {
  return SPREADS.some((name) => spread[name] !== AS_IT_IS[name]);
}

/** The longest distance is never shorter than the shortest. */
export function spaced({ row, shortest, longest }: Spacing, spread: Spread): Spacing {
  const near = (shortest * spread.shortest) / 100;
  return { row: (row * spread.vertical) / 100, shortest: near, longest: Math.max(near, (longest * spread.longest) / 100) };
}
