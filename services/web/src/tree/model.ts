/**
 * What is known of a lineage, as one tree: the outermost ancestor is its root, the account hangs at the end of its
 * chain, its children below it. Both views show this model; neither knows the API.
 *
 * Loading is declarative. A view says `expand(id)`; the page adds the id to `expanded` and builds the model again; what
 * the model lacks to show the expanded nodes stands in `wants`; the page fetches it into `loaded` and builds again.
 */

import type { Lineage } from "@/api/types";
import { ancestorChain } from "./ancestry";
import { Growth } from "./growth";
import { type LineageModel, type Loaded, NOTHING_LOADED, type TreeNode } from "./types";

export { LISTED } from "./growth";
export { lifeId, moreId, spanId } from "./ids";
export * from "./types";

/** The model of one lineage. The account itself and its chain are always expanded. */
export function buildModel(
  lineage: Lineage,
  loaded: Loaded = NOTHING_LOADED,
  expanded: ReadonlySet<string> = new Set(),
): LineageModel {
  const growth = new Growth(loaded, expanded);
  const ids = growth.plant(ancestorChain(lineage), lineage.children);
  const { nodes, wants } = growth;
  const ancestors = ids.filter((id) => nodes.get(id)!.kind === "ancestor").toReversed();
  return { nodes, root: ids[0]!, focus: ids.at(-1)!, ancestors, expanded, wants };
}

/** The node that an id or an address names; of several lives the account itself first, then the outermost. */
export function nodeNamed(model: LineageModel, name: string | null): TreeNode | undefined {
  if (name === null) return undefined;
  const focus = model.nodes.get(model.focus)!;
  const node = model.nodes.get(name) ?? (focus.address === name ? focus : undefined);
  if (node) return node;
  for (const candidate of model.nodes.values()) if (candidate.address === name) return candidate;
  return undefined;
}

/** Ids from the root down to the node, both included. */
export function pathTo(model: LineageModel, id: string): string[] {
  const path: string[] = [];
  for (let at: string | null = id; at !== null; at = model.nodes.get(at)?.parent ?? null) path.push(at);
  return path.toReversed();
}
