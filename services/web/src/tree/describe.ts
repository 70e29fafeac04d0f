/** A tree and its nodes in words: for the tooltip, and for those who listen instead of look. */

import type { ChildFace, Enrichment, Life } from "@/api/types";
import { shortAddress } from "@/formats/addresses";
import { counted, formatAmount, formatCount } from "@/formats/amounts";
import { isoDate, longMonth } from "@/formats/times";
import { childrenText, spanText, UNREAD_ASSETS, UNTOLD_ASSETS } from "./cards";
import type { Shown } from "./fold";
import { monthAt } from "./months";
import type { LineageModel, Span, TreeNode } from "./types";

export interface Description {
  readonly title: string;
  /** The title is an address. */
  readonly mono: boolean;
  readonly rows: readonly (readonly [name: string, value: string])[];
  /** What a click does, or what is special. */
  readonly notes: readonly string[];
}

const BY_LEDGER = "Known by its ledger; the operation is not known.";

/** One sentence about the whole tree. */
export function summaryOf(model: LineageModel): string {
  const focus = model.nodes.get(model.focus)!;
  const root = model.nodes.get(model.root)!;
  const hops = counted(model.ancestors.length, "ancestor", "ancestors");
  const chain = root.kind === "end" ? `${hops} known, ${endText(root)}` : `${hops} back to genesis`;
  const lives = model.lives.length > 0 ? `; ${counted(model.lives.length, "earlier life", "earlier lives")}` : "";
  return `Lineage of ${focus.name ?? shortAddress(focus.address!)}: ${chain}; ${childrenText(focus.count)}${lives}.`;
}

/** What is drawn at a place; `profile` is what is known of the account today. */
export function describe(shown: Shown, profile: Enrichment | null = null): Description {
  const { node } = shown;
  if (!node) return foldDescription(shown);
  if (node.kind === "span") return spanDescription(node.span!, node.count!.value);
  if (node.kind === "undated") {
    const text = counted(node.count!.value, "account", "accounts");
    return { title: text, mono: false, rows: [], notes: ["When they were created is not known."] };
  }
  if (node.kind === "life") return lifeDescription(node);
  if (node.kind === "maker") return { title: node.name ?? node.address!, mono: node.name === null, rows: [["created", `life ${node.lived!.at} of this account`]], notes: ["Its own chain is on its own page."] };
  if (node.kind === "asset") return assetDescription(node);
  return node.kind === "end" ? endDescription(node) : accountDescription(node, profile);
}

/** The description as one line, to be read out. */
export function spoken({ title, rows, notes }: Description): string {
  return [title, ...rows.map(([name, value]) => `${name} ${value}`), ...notes].join(", ");
}

/** What a dot alone tells of a child. */
export interface DotFacts {
  readonly life: Life | null;
  readonly month: string | null;
  /** The moment it was created in; null where that is not known so exactly. */
  readonly moment: string | null;
  /** The class of its starting balance; null where that is not known. */
  readonly balance: string | null;
}

/** One child of a disc: who it is once it was read, else what its place in the order of creation tells. */
export function describeDot({ at, count }: { at: number; count: number }, { life, month, moment, balance }: DotFacts): Description {
  const place = ["child", `${formatCount(at + 1)} of ${formatCount(count)}`] as const;
  if (!life) {
    const created = moment ? isoDate(moment) : month ? longMonth(month) : "–";
    const rows = [["created", created], ["starting balance", balance ? `${balance} XLM` : "–"]] as const;
    return { title: `Child ${formatCount(at + 1)} of ${formatCount(count)}`, mono: false, rows, notes: ["A click, or Space, reads which account it is."] };
  }
  const rows: (readonly [string, string])[] = [
    ["created", life.created_at ? isoDate(life.created_at) : "–"],
    ["starting balance", life.starting_balance_stroops ? `${formatAmount(life.starting_balance_stroops)} XLM` : "–"],
    ["creator", life.creator ? shortAddress(life.creator) : "–"],
    place,
  ];
  const notes = life.ended_op === null ? [] : ["Merged away: this life is over."];
  return { title: life.address, mono: true, rows, notes };
}

function profileRows({ balance_stroops, home_domain, assets_total }: Enrichment): [string, string][] {
  return [
    ["balance", balance_stroops ? `${formatAmount(balance_stroops)} XLM` : "–"],
    ["domain", home_domain ?? "–"],
    ["assets", formatCount(assets_total)],
  ];
}

/** As it was last read, until the profile is here. */
function faceRows(face: ChildFace | null): [string, string][] {
  return face?.balance_stroops ? [["balance", `${formatAmount(face.balance_stroops)} XLM`]] : [];
}

function accountDescription(node: TreeNode, profile: Enrichment | null): Description {
  const rows: [string, string][] = [
    ["created", node.createdAt ? isoDate(node.createdAt) : "–"],
    ...(node.lived ? [["life", `${node.lived.at} of ${node.lived.of}`] as [string, string]] : []),
    ["children", node.count ? `${node.count.exact ? "" : "at least "}${formatCount(node.count.value)}` : "–"],
    ["starting balance", node.startingBalance ? `${formatAmount(node.startingBalance)} XLM` : "–"],
    ["creator", node.creator ? shortAddress(node.creator) : "–"],
    ...(profile ? profileRows(profile) : faceRows(node.face)),
    ...(node.face?.tags.length ? [["tags", node.face.tags.join(", ")] as [string, string]] : []),
  ];
  const notes = [
    ...(node.face?.is_hva ? ["High value: its balance reaches the default threshold of the leaderboard."] : []),
    ...(node.merged ? ["Merged away: this life is over."] : []),
    ...(node.exact ? [] : [BY_LEDGER]),
  ];
  const named = node.name === null ? rows : [["address", shortAddress(node.address!)] as const, ...rows];
  return { title: node.name ?? node.address!, mono: node.name === null, rows: named, notes };
}

function spanDescription(span: Span, accounts: number): Description {
  const most = Math.max(...span.counts);
  const busiest = longMonth(monthAt(span, span.counts.indexOf(most)));
  const months = span.first === span.last ? [] : [["months", `${longMonth(span.first)} – ${longMonth(span.last)}`] as const];
  const peak = span.counts.length > 1 ? [["busiest", `${busiest}: ${formatCount(most)}`] as const] : [];
  const rows = [["created", counted(accounts, "account", "accounts")] as const, ...months, ...peak];
  return { title: spanText(span, span.counts.length), mono: false, rows, notes: [] };
}

function lifeDescription({ address, lived, createdAt, creator, startingBalance, exact }: TreeNode): Description {
  const rows: [string, string][] = [
    ["life", `${lived!.at} of ${lived!.of}`],
    ["created", createdAt ? isoDate(createdAt) : "–"],
    ["creator", creator ? shortAddress(creator) : "–"],
    ["starting balance", startingBalance ? `${formatAmount(startingBalance)} XLM` : "–"],
    ["merged away", lived!.endedAt ? isoDate(lived!.endedAt) : "–"],
    ["merged into", lived!.mergedInto ? shortAddress(lived!.mergedInto) : "–"],
  ];
  const notes = ["An earlier life of this account: it was merged away, and created again later.", ...(exact ? [] : [BY_LEDGER])];
  return { title: address!, mono: true, rows, notes };
}

function assetDescription({ asset, creator }: TreeNode): Description {
  const issuer = ["issuer", shortAddress(creator!)] as const;
  if (!asset) return { title: UNREAD_ASSETS, mono: false, rows: [issuer], notes: ["Nobody has read yet what this account issues."] };
  const amount = asset.amount === null ? "–" : formatAmount(asset.amount);
  return { title: `asset ${asset.code}`, mono: false, rows: [issuer, ["holders", formatCount(asset.holders)], ["in their hands", amount]], notes: [] };
}

function endDescription(node: TreeNode): Description {
  if (node.end === "contract")
    return { title: node.address ?? "contract", mono: node.address !== null, rows: [], notes: ["A contract created the first account of this chain; here the chain ends."] };
  return { title: endText(node), mono: false, rows: [], notes: node.reason ? [node.reason] : [] };
}

function foldDescription({ kind, hidden, notable, unlisted, exact, toggle }: Shown): Description {
  const blank = { mono: false, rows: [] };
  const amongMonths = `${formatCount(unlisted)} of them are counted in their months, too.`;
  switch (kind) {
    case "ancestors":
      return { ...blank, title: counted(hidden, "ancestor", "ancestors"), notes: ["Show them."] };
    case "siblings":
      if (hidden === 0) return { ...blank, title: "Others not read yet", notes: ["Nobody has asked for all children of this account."] };
      return { ...blank, title: `${exact ? "" : "at least "}${counted(hidden, "more sibling", "more siblings")}`, notes: ["Show them."] };
    case "lives":
      return { ...blank, title: counted(hidden, "earlier life", "earlier lives"), notes: ["Show them."] };
    case "assets":
      if (hidden === 0) return { ...blank, title: UNTOLD_ASSETS, notes: ["Not all that it issues was read."] };
      return { ...blank, title: `${exact ? "" : "at least "}${counted(hidden, "more asset", "more assets")}`, notes: [toggle ? "Show them." : "Only the first of its assets are told."] };
    case "loading":
      return { ...blank, title: "Loading…", notes: [] };
    case "unlisted":
      return { ...blank, title: counted(unlisted, "account", "accounts"), notes: ["They stand out; they are counted in the months they were created in.", ...(toggle ? ["Show them."] : [])] };
    default: {
      const which = notable ? "more notable" : "more";
      const title = counted(hidden + unlisted, `${which} account`, `${which} accounts`);
      return { ...blank, title, notes: unlisted > 0 ? [amongMonths] : [] };
    }
  }
}

export function endText({ end, address }: TreeNode): string {
  if (end === "contract") return `created by the contract ${address ? shortAddress(address) : "unknown"}`;
  if (end === "unread") return "the chain was not read further";
  return end === "unknown" ? "creator unknown" : "looking for the next creator";
}
