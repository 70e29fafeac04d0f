/** A model as the rows of an outline: the chain from its outermost node to the account, then what hangs below it. */

import { allAssetsId, moreId } from "../tree/ids";
import { awaitedOf } from "../tree/paths";
import type { Count, LineageModel, TreeNode } from "../tree/types";

export interface Row {
  /** Of the node, or of what shows more of its parent's children. */
  readonly id: string;
  /** What to expand, so that it opens. */
  readonly opens: string;
  /** Null: the row stands for `parent`'s children that are not loaded. */
  readonly node: TreeNode | null;
  readonly parent: string | null;
  readonly level: number;
  /** Steps to the right; the whole chain stands at the left edge. */
  readonly indent: number;
  readonly position: number;
  /** Items in its set, loaded or not. */
  readonly setSize: number;
  /** Children not loaded, for a row without a node. */
  readonly rest: number;
  /** The chain goes past this row or ends in it. */
  readonly spine: boolean;
  /** They are the siblings beside a chain, or the assets, of which a few are shown. */
  readonly few: "exactly" | "at least" | null;
  /** A row without a node stands for assets that it shows when it is opened, or that are nowhere told; null: for children. */
  readonly assets: "more" | "untold" | null;
  /** They are on their way. */
  readonly loading: boolean;
}

/** Siblings of the chain leave room for its line. */
const BESIDE_SPINE = 2;

/** Every row that is open, from the top. */
export function rowsOf(model: LineageModel): Row[] {
  const awaited = awaitedOf(model);
  const chain = new Set([model.root, model.focus, ...model.ancestors]);
  const rows: Row[] = [];
  let above = true;

  function add(id: string, place: Pick<Row, "indent" | "position" | "setSize">): void {
    const node = model.nodes.get(id)!;
    rows.push({ id, opens: id, node, parent: node.parent, level: node.level, rest: 0, few: null, assets: null, loading: false, spine: above, ...place });
    if (id === model.focus) above = false;
    const inner = id === model.focus ? 1 : chain.has(id) ? BESIDE_SPINE : place.indent + 1;
    const onPath = node.children.filter((child) => chain.has(child));
    const others = onPath.length > 0 ? node.children.filter((child) => !chain.has(child)) : node.children;
    const lives = id === model.focus ? model.lives : [];
    const setSize = lives.length + sizeOf(node);
    let position = 0;
    for (const life of lives) add(life, { indent: inner, position: (position += 1), setSize });
    for (const child of others) add(child, { indent: inner, position: (position += 1), setSize });
    const arriving = node.expanded && node.kind !== "span" && awaited.has(node.address ?? "");
    if (node.rest > 0 || arriving) rows.push(restOf(node, { indent: inner, position: position + 1, setSize, loading: arriving || awaited.has(id), spine: above }));
    position += Math.max(node.rest, arriving ? 1 : 0);
    for (const asset of node.assets) add(asset, { indent: inner, position: (position += 1), setSize });
    if (node.moreAssets) rows.push(moreAssetsOf(node, node.moreAssets, { indent: inner, position: position + 1, setSize, spine: above, assets: model.expanded.has(allAssetsId(id)) || node.moreAssets.value === 0 ? "untold" : "more" }));
    for (const child of onPath) add(child, { indent: 0, position: setSize, setSize });
  }

  add(model.root, { indent: 0, position: 1, setSize: 1 });
  return rows;
}

function restOf(node: TreeNode, { setSize, ...place }: Pick<Row, "indent" | "position" | "setSize" | "loading" | "spine">): Row {
  const id = moreId(node.id, node.children.length);
  const few = node.kind === "ancestor" && !node.expanded;
  return {
    id,
    opens: few ? node.id : id,
    few: few && !node.count!.exact ? "at least" : few ? "exactly" : null,
    node: null,
    parent: node.id,
    level: node.level + 1,
    setSize: Math.max(setSize, place.position),
    rest: node.rest,
    assets: null,
    ...place,
  };
}

function moreAssetsOf(node: TreeNode, { value, exact }: Count, place: Pick<Row, "indent" | "position" | "setSize" | "spine" | "assets">): Row {
  const id = allAssetsId(node.id);
  return { id, opens: id, node: null, parent: node.id, level: node.level + 1, rest: value, few: exact ? "exactly" : "at least", loading: false, ...place };
}

/** Below it: children, and then assets. */
function sizeOf({ setSize, assets, moreAssets }: TreeNode): number {
  return setSize + assets.length + (moreAssets ? Math.max(1, moreAssets.value) : 0);
}
