/** The lives of one account: it may be merged away and created again, each time by another. */

import type { Life, Lineage } from "@/api/types";

/** One of them, by its place among all that are known. */
export interface Place {
  readonly at: number;
  readonly of: number;
}

/** Those before the one that the lineage follows, oldest first. */
export function earlierLives({ incarnation, incarnations }: Pick<Lineage, "incarnation" | "incarnations">): { life: Life; place: Place }[] {
  const present = incarnations.findIndex(({ created_op }) => created_op === incarnation?.created_op);
  return incarnations.slice(0, Math.max(0, present)).map((life, at) => ({ life, place: { at: at + 1, of: incarnations.length } }));
}

/** `life 1 of 3` */
export function placeWords({ at, of }: Place): string {
  return `life ${at} of ${of}`;
}
