/** The lives that an account had before the present one: hollow beside it, each with who created it then. */

import type { Lineage } from "@/api/types";
import { earlierLives } from "@/lineage/lives";
import { type Draft, draftOf, lifeFacts } from "./drafts";
import { lifeId, makerId } from "./ids";
import type { TreeNode } from "./types";

/** Adds them to the nodes. Returns their ids, the latest first: it stands nearest to the account. */
export function addLives(nodes: Map<string, TreeNode>, focus: string, lineage: Lineage, names: ReadonlyMap<string, string> = new Map()): string[] {
  const own = nodes.get(focus) as Draft;
  const earlier = earlierLives(lineage);
  const last = earlier.at(-1);
  if (last) own.lived = { at: last.place.at + 1, of: last.place.of, endedAt: null, mergedInto: null };
  return earlier.toReversed().map(({ life, place }) => {
    const lived = { ...place, endedAt: life.ended_at, mergedInto: life.merged_into };
    // It is over, whether it is known by which operation or not: the next one has begun.
    const node = draftOf({ ...lifeFacts(life.address, life), kind: "life", lived, merged: true }, lifeId(life), own);
    nodes.set(node.id, node);
    if (life.creator === null) return node.id;
    const maker = draftOf({ id: makerId(node.id), kind: "maker", address: life.creator, name: names.get(life.creator) ?? null, lived }, makerId(node.id), node);
    nodes.set(maker.id, maker);
    node.children = [maker.id];
    return node.id;
  });
}
