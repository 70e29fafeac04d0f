/**
 * What the canvas draws of a model: long chains and long lists folded into one node that opens, so that a layout has
 * hundreds of nodes whatever the model holds. Nothing is lost: what is not drawn stands in `hidden` of a fold.
 */

import type { TreeForm } from "./forms";
import { NEAR_LEVELS } from "./growth";
import { allAssetsId, allNotableId, ANCESTORS, foldedIn, isMore, LIVES, moreId } from "./ids";
import { awaitedOf, pathTo } from "./paths";
import type { LineageModel, TreeNode } from "./types";

export type ShownKind = TreeNode["kind"] | "ancestors" | "more" | "siblings" | "unlisted" | "loading" | "assets" | "lives";

export interface Shown {
  /** Of a node: its id. Of a fold: its own name. */
  readonly id: string;
  /** What to expand, so that it opens. */
  readonly opens: string;
  readonly kind: ShownKind;
  readonly node: TreeNode | null;
  readonly parent: string | null;
  readonly children: Shown[];
  /** Of the account: what it was before, and what stands for more of that. They stand on the side of its chain. */
  readonly lives: readonly Shown[];
  /** Accounts a fold stands for. */
  readonly hidden: number;
  /** False: it stands for at least so many. */
  readonly exact: boolean;
  /** All that it stands for have children. */
  readonly notable: boolean;
  /** More accounts with children that are counted in the spans. */
  readonly unlisted: number;
  /** By time, for the small histogram. */
  readonly counts: readonly number[];
  readonly toggle: "expand" | "collapse" | null;
}

/** No more nodes than this are drawn: with card, edge and title each they stay under 2,000 marks. */
export const MOST_SHOWN = 480;
/** Fewer than this many are not worth a fold. */
const WORTH_A_FOLD = 3;
const STEP = 4;
const FIRST = { ancestors: 0, lives: 3, accounts: 7, list: 16, nested: 3, leaves: 8 };
/** Around a disc there is more room than in a column. */
const AROUND = { own: 30, nested: 5 };

const LEAF = { children: [], lives: [], hidden: 0, exact: true, notable: false, unlisted: 0, counts: [], toggle: null };

/** The drawn tree, from what is outermost of the chain. When too much is open, what was opened first closes again. */
export function fold(model: LineageModel, form: TreeForm = "tidy"): Shown {
  const whole = new Folding(model, model.expanded, form);
  const root = whole.chain();
  if (whole.drawn <= MOST_SHOWN) return root;
  const order = [...model.expanded];
  const latest = (count: number) => new Folding(model, withWayTo(model, order.slice(order.length - count)), form);
  let [fitting, tooMany] = [0, order.length];
  while (tooMany - fitting > 1) {
    const middle = (fitting + tooMany) >> 1;
    const folding = latest(middle);
    folding.chain();
    if (folding.drawn <= MOST_SHOWN) fitting = middle;
    else tooMany = middle;
  }
  return latest(fitting).chain();
}

/** The ids and whatever has to be open for them to be seen. */
function withWayTo(model: LineageModel, ids: readonly string[]): ReadonlySet<string> {
  const open = new Set(ids);
  const folds = [...model.expanded].filter(isMore);
  const way = new Set(ids.flatMap((id) => pathTo(model, isMore(id) ? foldedIn(id) : id)));
  for (const id of way) if (model.expanded.has(id)) open.add(id);
  for (const id of folds) if (way.has(foldedIn(id))) open.add(id);
  return open;
}

/** It lies before the account, as its chain does, and leads to it. */
export function isBefore(kind: ShownKind): boolean {
  return kind === "life" || kind === "maker" || kind === "lives";
}

/** The node and everything below it, parents first. */
export function* everyShown(root: Shown): Generator<Shown> {
  yield root;
  for (const child of [...root.children, ...root.lives]) yield* everyShown(child);
}

class Folding {
  drawn = 0;
  /** What is expanded and has not arrived: accounts by address, lists by id. */
  private readonly awaited: ReadonlySet<string>;

  constructor(
    private readonly model: LineageModel,
    private readonly open: ReadonlySet<string>,
    private readonly form: TreeForm,
  ) {
    this.awaited = awaitedOf(model);
  }

  chain(): Shown {
    const path = this.path();
    const nearest = path.slice(1, -1);
    const first = this.model.siblings ? NEAR_LEVELS : FIRST.ancestors;
    const near = this.steps(ANCESTORS, nearest.length + 1, first);
    if (nearest.length + 1 < WORTH_A_FOLD || near > nearest.length) return this.hop(path, null);
    const outermost = path[0]!;
    const keeps = near > 0 || outermost.kind === "end";
    const hidden = nearest.length - near + (keeps ? 0 : 1);
    const folded = this.folded(hidden, near, keeps ? outermost.id : null);
    folded.children.push(this.hop(path.slice(path.length - 1 - near), folded.id));
    return keeps ? this.shown(outermost, null, [folded]) : folded;
  }

  /** Nodes of the chain, outermost first. */
  private path(): TreeNode[] {
    const path: TreeNode[] = [];
    for (let id: string | null = this.model.focus; id !== null; id = path[0]!.parent) path.unshift(this.node(id));
    return path;
  }

  private folded(hidden: number, near: number, parent: string | null): Shown {
    this.drawn += 1;
    const id = moreId(ANCESTORS, near);
    return { ...LEAF, id, opens: id, kind: "ancestors", node: null, parent, children: [], hidden, toggle: "expand" };
  }

  /** The rest of the chain from its first node on, each hop with its siblings where they are expanded. */
  private hop(path: readonly TreeNode[], parent: string | null): Shown {
    const [node, ...rest] = path;
    if (rest.length === 0) return { ...this.shown(node!, parent, this.below(node!, node!.children)), lives: this.lives(node!) };
    const next = this.hop(rest, node!.id);
    const siblings = node!.children.filter((id) => id !== rest[0]!.id);
    return this.shown(node!, parent, [next, ...this.below(node!, siblings)]);
  }

  private lives({ id }: TreeNode): Shown[] {
    const { lives } = this.model;
    const count = this.steps(LIVES, lives.length, FIRST.lives);
    const shown = lives.slice(0, count).map((life) => this.shown(this.node(life), id, this.node(life).children.map((maker) => this.shown(this.node(maker), life, []))));
    if (count === lives.length) return shown;
    this.drawn += 1;
    const opens = moreId(LIVES, count);
    return [...shown, { ...LEAF, id: opens, opens, kind: "lives", node: null, parent: id, children: [], hidden: lives.length - count, toggle: "expand" }];
  }

  private grow(id: string, parent: string): Shown {
    const node = this.node(id);
    const first = node.children[0];
    if (first === undefined || !this.node(first).way) return this.shown(node, parent, this.below(node, node.children));
    return this.shown(node, parent, [this.grow(first, id), ...this.below(node, node.children.slice(1))]);
  }

  private shown(node: TreeNode, parent: string | null, children: Shown[]): Shown {
    this.drawn += 1;
    const toggle = node.expandable ? (this.isOpen(node) ? "collapse" : "expand") : null;
    return { ...LEAF, id: node.id, opens: node.id, kind: node.kind, node, parent, children: [...children, ...this.assets(node)], counts: node.span?.counts ?? [], toggle };
  }

  /** After all accounts: what it issues. */
  private assets({ id, assets, moreAssets }: TreeNode): Shown[] {
    const leaves = assets.map((asset) => this.shown(this.node(asset), id, []));
    if (!moreAssets) return leaves;
    this.drawn += 1;
    const opens = allAssetsId(id);
    const toggle = this.open.has(opens) || moreAssets.value === 0 ? null : ("expand" as const);
    return [...leaves, { ...LEAF, id: opens, opens, kind: "assets", node: null, parent: id, children: [], hidden: moreAssets.value, exact: moreAssets.exact, toggle }];
  }

  private below(node: TreeNode, ids: readonly string[]): Shown[] {
    if (node.kind !== "focus" && !this.isOpen(node)) return this.few(node, ids);
    if (node.kind !== "span" && this.awaited.has(node.address!)) return [this.loading(node)];
    if (node.kind === "span") return this.span(node, ids);
    if (node.kind === "focus" && this.model.chosen) return this.chosen(node, ids);
    if (this.form === "rings") return this.around(node, ids);
    const accounts = ids.filter((id) => this.node(id).kind === "child");
    const groups = ids.slice(accounts.length);
    if (groups.length === 0) return this.list(node, accounts, node.kind === "focus" ? FIRST.list : FIRST.accounts);
    const opened = node.kind === "focus" || this.open.has(moreId(node.id, FIRST.nested));
    if (!opened && accounts.length > 0) return this.nested(node, accounts, groups);
    const shown = this.notable(node, accounts, FIRST.accounts);
    return [...shown, ...groups.map((id) => this.grow(id, node.id))];
  }

  /** Those that match, whether they have children or not. */
  private chosen(node: TreeNode, ids: readonly string[]): Shown[] {
    if (ids.length === 0 && this.awaited.has(node.id)) return [this.loading(node, 0)];
    return this.list(node, ids, this.form === "rings" ? AROUND.own : FIRST.list);
  }

  /** Of an ancestor that is not open: its first other children, and how many more there are. */
  private few(node: TreeNode, ids: readonly string[]): Shown[] {
    if (node.kind !== "ancestor") return [];
    const shown = ids.map((id) => this.grow(id, node.id));
    const all = node.rest === 0 && node.count?.exact;
    if (!this.model.siblings || !node.count || all || node.expanded) return shown;
    const toggle = node.rest > 0 ? ("expand" as const) : null;
    return [...shown, this.more(node, ids.length, { kind: "siblings", hidden: node.rest, opens: node.id, exact: node.count.exact, toggle })];
  }

  /** Of the children only those that stand out: all of them are dots of the disc. */
  private around(node: TreeNode, ids: readonly string[]): Shown[] {
    const parents = ids.filter((id) => this.node(id).kind === "child" && this.standsOut(this.node(id)));
    return this.notable(node, parents, node.kind === "focus" ? AROUND.own : AROUND.nested);
  }

  private standsOut({ way, count, face }: TreeNode): boolean {
    return way || face !== null || (count?.value ?? 0) > 0;
  }

  private span(node: TreeNode, ids: readonly string[]): Shown[] {
    if (ids.length > 0 && this.node(ids[0]!).kind === "span") return ids.map((id) => this.grow(id, node.id));
    return ids.length === 0 ? [this.loading(node)] : this.list(node, ids, FIRST.leaves);
  }

  /** Children one by one; the fold also stands for what is not loaded. */
  private list(node: TreeNode, ids: readonly string[], first: number): Shown[] {
    const count = this.steps(node.id, ids.length, first);
    const shown = ids.slice(0, count).map((id) => this.grow(id, node.id));
    const hidden = ids.length - count + node.rest;
    return hidden > 0 ? [...shown, this.more(node, count, { hidden })] : shown;
  }

  private notable(node: TreeNode, ids: readonly string[], first: number): Shown[] {
    const count = this.steps(node.id, ids.length, first);
    const shown = ids.slice(0, count).map((id) => this.grow(id, node.id));
    const hidden = ids.length - count;
    const { unlisted } = node;
    if (hidden > 0) return [...shown, this.more(node, count, { hidden, notable: true, unlisted })];
    const waits = this.awaited.has(node.id);
    const opens = allNotableId(node.id);
    const rest = { kind: waits ? "loading" : "unlisted", notable: true, unlisted, opens, toggle: this.open.has(opens) ? null : "expand" } as const;
    return unlisted > 0 ? [...shown, this.more(node, count, rest)] : shown;
  }

  /** Of an account other than the model's own: a few children, and one fold with the histogram of the others. */
  private nested(node: TreeNode, accounts: readonly string[], groups: readonly string[]): Shown[] {
    const shown = accounts.slice(0, FIRST.nested);
    const hidden = accounts.length - shown.length + groups.reduce((sum, id) => sum + this.node(id).count!.value, 0);
    const counts = groups.flatMap((id) => this.node(id).span?.counts ?? []);
    return [...shown.map((id) => this.grow(id, node.id)), this.more(node, FIRST.nested, { hidden, counts })];
  }

  private more(node: TreeNode, count: number, facts: Partial<Shown>): Shown {
    this.drawn += 1;
    const id = moreId(node.id, count);
    const waits = count === node.children.length && this.awaited.has(node.id);
    const toggle = waits ? null : "expand";
    return { ...LEAF, id, opens: id, kind: waits ? "loading" : "more", node: null, parent: node.id, children: [], toggle, ...facts };
  }

  private loading(node: TreeNode, hidden = node.count?.value ?? 0): Shown {
    this.drawn += 1;
    const id = `loading:${node.id}`;
    return { ...LEAF, id, opens: id, kind: "loading", node: null, parent: node.id, children: [], hidden };
  }

  /** How many of `length` items are drawn: the first few, four times as many with each expanded fold. */
  private steps(parent: string, length: number, first: number): number {
    if (this.open.has(allNotableId(parent))) return length;
    let shown = first;
    while (shown < length && this.open.has(moreId(parent, shown))) shown = Math.max(shown * STEP, 12);
    if (length - shown < WORTH_A_FOLD) shown = length;
    return Math.min(shown, length);
  }

  private isOpen({ id, expanded }: TreeNode): boolean {
    return expanded && this.open.has(id);
  }

  private node(id: string): TreeNode {
    return this.model.nodes.get(id)!;
  }
}
