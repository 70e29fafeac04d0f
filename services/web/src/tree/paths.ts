/** Ways through a model. */

import type { LineageModel, TreeNode } from "./types";

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

/** What is expanded and has not arrived: accounts by address, lists by the id of their node. */
export function awaitedOf(model: LineageModel): ReadonlySet<string> {
  return new Set(model.wants.flatMap((wanted) => (wanted.what === "set" ? [wanted.address] : wanted.what === "page" ? [wanted.of] : [])));
}
