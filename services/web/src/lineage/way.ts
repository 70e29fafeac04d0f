/** How two accounts of one chain lie to each other. */

import type { Life, Lineage } from "@/api/types";

/** From a child of `ancestor` down to the account of `lineage`; empty where it is no ancestor of it. */
export function wayTo(lineage: Lineage, ancestor: Lineage): Life[] {
  const hops = hopsUp(lineage, ancestor);
  if (hops === 0 || !lineage.incarnation) return [];
  return [lineage.incarnation, ...lineage.ancestors].slice(0, hops).toReversed();
}

/** How many hops above the account of `lineage` the other is; 0 where it is no ancestor of it. */
export function hopsUp({ ancestors }: Lineage, { address, incarnations }: Pick<Lineage, "address" | "incarnations">): number {
  const lives = new Set(incarnations.map(({ created_op }) => created_op));
  const own = ancestors.findIndex((life) => life.address === address && lives.has(life.created_op));
  return 1 + (own < 0 ? ancestors.findIndex((life) => life.address === address) : own);
}

/** `4 hops up`, `1 hop down`; empty where neither descends from the other. */
export function relationOf(lineage: Lineage, other: Lineage): string {
  const [up, down] = [hopsUp(lineage, other), hopsUp(other, lineage)];
  const hops = (count: number) => `${count} ${count === 1 ? "hop" : "hops"}`;
  return up > 0 ? `ancestor, ${hops(up)} up` : down > 0 ? `descendant, ${hops(down)} down` : "";
}
