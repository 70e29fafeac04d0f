/** The order of a list of children, in words, and of how many it is known what they are sorted by. */

import type { ChildSort } from "@/api/types";
import { counted, formatCount } from "@/formats/amounts";

export const SORT_NAMES: Record<ChildSort, string> = {
  created: "Oldest first",
  balance: "Highest balance",
  children: "Most children",
};
/** Whom a sorted list is about. */
export const SORT_HINTS: Record<Exclude<ChildSort, "created">, string> = {
  balance: "Those of the children that stand out whose balance is known. Of the others nobody has read it.",
  children: "Those of the children that are known to have children themselves.",
};
const NONE: Record<Exclude<ChildSort, "created">, string> = {
  balance: "Of none of its children the balance is known yet.",
  children: "None of its children is known to have children.",
};

export interface Coverage {
  readonly known: number;
  /** There are more than were looked at. */
  readonly atLeast: boolean;
}

/** `Sorted: 63 known of 5,983 children`. */
export function sortedWords({ known, atLeast }: Coverage, total: number): string {
  if (known === total && !atLeast) return `All ${counted(total, "child", "children")}, sorted`;
  return `Sorted: ${atLeast ? "at least " : ""}${formatCount(known)} known of ${counted(total, "child", "children")}`;
}

/** Why a sorted list is empty. */
export function unsortable(sort: Exclude<ChildSort, "created">): string {
  return NONE[sort];
}
