/**
 * What is known of a lineage, as one tree: the outermost ancestor is its root, the account hangs at the end of its
 * chain, its children below it. Both views show this model; neither knows the API.
 *
 * Loading is declarative. A view says `expand(id)`; the page adds the id to `expanded` and builds the model again; what
 * the model lacks to show the expanded nodes stands in `wants`; the page fetches it into `loaded` and builds again.
 */

import type { Lineage } from "@/api/types";
import { ancestorChain, wayDown } from "./ancestry";
import { Growth } from "./growth";
import { hangAssets } from "./issued";
import { addLives } from "./pastLives";
import { type LineageModel, type Loaded, NOTHING_LOADED, PLAIN, type Shows } from "./types";

export { LISTED } from "./growth";
export { lifeId, listKey, moreId, spanId } from "./ids";
export { nodeNamed, pathTo } from "./paths";
export * from "./types";

const NONE_READ: NonNullable<Loaded["issued"]> = new Map();

/**
 * The model of one lineage. The account itself and its chain are always expanded; `shows` says what else is shown, and
 * so wanted, although nobody opened it.
 */
export function buildModel(
  lineage: Lineage,
  loaded: Loaded = NOTHING_LOADED,
  expanded: ReadonlySet<string> = new Set(),
  shows: Partial<Shows> = {},
): LineageModel {
  const { glimpses, siblings, way, filter, assets } = { ...PLAIN, ...shows };
  const growth = new Growth(loaded, expanded, filter);
  const ids = growth.plant([...ancestorChain(lineage), ...wayDown(way)], lineage.children);
  const focus = ids.find((id) => growth.nodes.get(id)!.kind === "focus")!;
  if (siblings) growth.siblings(focus, lineage.address);
  growth.glimpse(focus, glimpses);
  const { nodes, wants, sets, chosen } = growth;
  const lives = addLives(nodes, focus, lineage, loaded.names);
  const issuing = assets ? hangAssets(nodes, focus, { issued: loaded.issued ?? NONE_READ, expanded }) : null;
  const ancestors = ids.filter((id) => nodes.get(id)!.kind === "ancestor").toReversed();
  return { nodes, root: ids[0]!, focus, ancestors, lives, expanded, siblings, chosen, issuing, wants, sets };
}
