/** The words of the tree: what a node is, what a view is given and says, what has to be fetched. */

import type { KnownFilter } from "@/api/queries";
import type { ChildFace, Children, ChildSet, Life, SiblingLevel } from "@/api/types";
import type { Place } from "@/lineage/lives";

export type NodeKind =
  /** Where the chain ends without genesis: a contract, an unknown creator, or a search that still runs. */
  | "end"
  | "ancestor"
  /** The account the model is about. */
  | "focus"
  /** An earlier life of that account, and who created it then. They lie before it, as its chain does. */
  | "life"
  | "maker"
  /** A child, of whatever account. */
  | "child"
  /** Children of one span of months. */
  | "span"
  /** Children whose time of creation is not known. */
  | "undated"
  /** An asset that the account above it issues; without facts: what that one issues is not read yet. */
  | "asset";

export type EndState = "contract" | "unknown" | "unread" | "pending";

/** One of the lives of an account, by its place among them, and how it ended. */
export interface Lived extends Place {
  readonly endedAt: string | null;
  readonly mergedInto: string | null;
}

/** An asset of an account's own. */
export interface AssetFacts {
  readonly code: string;
  /** Accounts that are authorized to hold it. */
  readonly holders: number;
  /** In their hands; null: more than one amount can tell. */
  readonly amount: string | null;
}
/** What an account issues; null: nobody has read that yet. */
export type Issued = { readonly assets: readonly AssetFacts[]; readonly total: number; readonly exact: boolean } | null;

export interface Count {
  readonly value: number;
  /** False: at least this many. */
  readonly exact: boolean;
}

/** Children of a span of months, both included. */
export interface Span {
  readonly first: string;
  readonly last: string;
  /** Accounts by month without gaps, the first month first. */
  readonly counts: readonly number[];
}

export interface TreeNode {
  readonly id: string;
  readonly kind: NodeKind;
  /** It lies on the way from the account, whose tree this is, down to the account of the page. */
  readonly way: boolean;
  readonly parent: string | null;
  /** 1 for the root. */
  readonly level: number;
  /** Ids of the children that are known and shown, in order: on the path, most children first, then by time. */
  readonly children: readonly string[];
  /** How many items the set of its children has, whether loaded or not. */
  readonly setSize: number;
  /** Items of that set that are not loaded yet. */
  readonly rest: number;
  /** How many of its children are known to have children without standing among `children`; they are in the spans. */
  readonly unlisted: number;

  readonly address: string | null;
  readonly name: string | null;
  readonly creator: string | null;
  readonly createdAt: string | null;
  readonly startingBalance: string | null;
  /** This life is over: the account was merged away. */
  readonly merged: boolean;
  /** False: the operation that created it is not known, only its ledger. */
  readonly exact: boolean;

  /** Who it is today, where somebody has looked. */
  readonly face: ChildFace | null;
  /** An account: its children, null if nobody asked for them. A span: the accounts in it. */
  readonly count: Count | null;
  readonly span: Span | null;
  /** How many children each of its children has that have some, most first; null where nobody looks at that unasked. */
  readonly buds: readonly number[] | null;
  readonly end: EndState | null;
  /** Why the creator is unknown. */
  readonly reason: string | null;
  /** Ids of the assets it issues, as far as they are shown; and how many more there are, null where these are all. */
  readonly assets: readonly string[];
  readonly moreAssets: Count | null;
  readonly asset: AssetFacts | null;
  /** Which of several lives of the account it is, or began. */
  readonly lived: Lived | null;

  readonly expandable: boolean;
  readonly expanded: boolean;
}

/** Something to fetch, so that what is expanded can be shown. */
export type Wanted =
  /** The children of an account at a glance (`children` of its lineage) → `loaded.sets.set(address, …)`. */
  | { readonly what: "set"; readonly address: string }
  /** Who else the nearest creators of the chain created → `loaded.siblings.set(key, …)`. */
  | { readonly what: "siblings"; readonly key: string; readonly address: string; readonly levels: number }
  /** The next page of children → appended to `loaded.pages` under `key`. Null months: without that bound. */
  | {
      readonly what: "page";
      /** Id of the node whose children these are. */
      readonly of: string;
      readonly key: string;
      readonly address: string;
      readonly from: string | null;
      readonly to: string | null;
      readonly cursor: string | null;
      /** Only those that are known to have children, most first. */
      readonly sort?: "children";
      /** Only the children that it is known of. */
      readonly known?: KnownFilter;
    };

export interface Loaded {
  /** Children at a glance by address, for expanded accounts other than the model's own. */
  readonly sets: ReadonlyMap<string, ChildSet>;
  /** Pages of children in order, by the key they were wanted under. */
  readonly pages: ReadonlyMap<string, readonly Children[]>;
  /** The first siblings of each level, nearest first, by the key they were wanted under. */
  readonly siblings?: ReadonlyMap<string, readonly SiblingLevel[]>;
  /** What accounts issue, by address. */
  readonly issued?: ReadonlyMap<string, Issued>;
  /** What accounts are called, by address. */
  readonly names?: ReadonlyMap<string, string>;
}

export interface LineageModel {
  /** By id, parents before their children, siblings in order. */
  readonly nodes: ReadonlyMap<string, TreeNode>;
  readonly root: string;
  readonly focus: string;
  /** Nearest first, without the account itself. */
  readonly ancestors: readonly string[];
  /** Earlier lives of the account, the latest first. */
  readonly lives: readonly string[];
  readonly expanded: ReadonlySet<string>;
  /** Every ancestor shows a few of its other children. */
  readonly siblings: boolean;
  /** What came of choosing among the children of the account; null where all of them are shown. */
  readonly chosen: Chosen | null;
  /** Whose assets are shown; null where assets are not. */
  readonly issuing: Issuing | null;
  readonly wants: readonly Wanted[];
  /** Children at a glance of each account of which they are loaded, by id. */
  readonly sets: ReadonlyMap<string, ChildSet>;
}

/** Children that were chosen by what is known of them. */
export interface Chosen {
  /** So many match; at least, while there is more to read. */
  readonly matching: Count;
  /** Of so many what is asked for is known; null until the first answer has come. */
  readonly ofKnown: Count | null;
  /** Of all. */
  readonly of: Count;
  /** Issuers that are left out: not all that they issue was read, and they may issue the asset asked for. */
  readonly cut: number;
}

/** Of whom assets are shown, and of whom not. */
export interface Issuing {
  /** Addresses of those who are asked what they issue: the account itself, and who is known to issue something. */
  readonly issuers: readonly string[];
  /** So many of them have assets here. */
  readonly shown: number;
  /** More who issue something than are asked. */
  readonly beyond: number;
  /** Accounts of the tree of which it is not known whether they issue any. */
  readonly unknown: number;
}

/** What else a model shows. */
export interface Shows {
  /** So many of the first children that have many children are looked at unasked. */
  readonly glimpses: number;
  /** Of each ancestor a few of its other children. */
  readonly siblings: boolean;
  /** From a child of the account down to the account of the page; empty where that is no descendant. */
  readonly way: readonly Life[];
  /** Which of the children of the account; null: all. */
  readonly filter: KnownFilter | null;
  /** The assets that accounts issue. */
  readonly assets: boolean;
}

/** Props and events of both views. An id names a node; `selected` may also be an address. */
export interface TreeProps {
  model: LineageModel;
  selected: string | null;
}
export interface TreeEmits {
  /** The node is selected now; `address` is null for a span. */
  select: [id: string, address: string | null];
  /** Go to the page of this account. */
  open: [address: string];
  /** Show the tree from this account. */
  root: [address: string];
  /** Add the id to `expanded`. */
  expand: [id: string];
  /** Remove the id from `expanded`. */
  collapse: [id: string];
}
/** The canvas also has dots that are no node of the model: children by their place in the order of creation. */
export interface CanvasEmits extends TreeEmits {
  pick: [place: DotPlace];
}
/** One child of a node. */
export interface DotPlace {
  readonly of: string;
  readonly at: number;
}

export const PLAIN: Shows = { glimpses: 0, siblings: false, way: [], filter: null, assets: false };
export const NOTHING_LOADED: Loaded = { sets: new Map(), pages: new Map() };
