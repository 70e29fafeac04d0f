/** What a row of the outline says, to the eye and to the ear. */

import { shortAddress } from "@/formats/addresses";
import { counted, formatCount, shortAmount } from "@/formats/amounts";
import { isoDate } from "@/formats/times";
import { childrenText, holdersText, isoDay, spanText, UNREAD_ASSETS, UNTOLD_ASSETS } from "../tree/cards";
import { endText } from "../tree/describe";
import type { TreeNode } from "../tree/types";
import type { Row } from "./rows";

export interface RowWords {
  readonly title: string;
  readonly mono: boolean;
  /** Children of an account, accounts of a span. */
  readonly count: string;
  readonly balance: string;
  readonly created: string;
  /** The row as one sentence. */
  readonly spoken: string;
}

const NONE = { mono: false, count: "", balance: "", created: "" };

export function wordsOf(row: Row): RowWords {
  const { node } = row;
  if (!node) return moreWords(row);
  const { kind, count, address, name } = node;
  if (kind === "span" || kind === "undated") {
    const title = node.span ? spanText(node.span, node.span.counts.length) : "time unknown";
    const accounts = `${count!.exact ? "" : "at least "}${counted(count!.value, "account", "accounts")}`;
    return { ...NONE, title, count: accounts, spoken: `${title}, ${accounts}` };
  }
  if (kind === "end") {
    const title = endText(node);
    return { ...NONE, title, spoken: [title, node.reason].filter(Boolean).join(", ") };
  }
  if (kind === "asset") {
    const issuer = `issued by ${shortAddress(node.creator!)}`;
    if (!node.asset) return { ...NONE, title: UNREAD_ASSETS, spoken: `${UNREAD_ASSETS}, ${issuer}` };
    const holders = holdersText(node.asset);
    return { ...NONE, title: node.asset.code, count: holders, spoken: `asset ${node.asset.code}, ${issuer}, ${holders}` };
  }
  if (kind === "life") return lifeWords(node);
  const title = name ?? shortAddress(address!);
  if (kind === "maker") return { ...NONE, title, mono: name === null, count: `created life ${node.lived!.at}`, spoken: `${title}, created life ${node.lived!.at}` };
  const children = count || kind === "focus" ? childrenText(count) : "";
  const balance = node.startingBalance === null ? "" : `${shortAmount(node.startingBalance)} XLM`;
  const created = node.createdAt === null ? "" : isoDate(node.createdAt);
  const facts = [title, node.merged && "merged away", children, balance && `starting balance ${balance}`, created && `created ${created}`];
  return { title, mono: name === null, count: children, balance, created, spoken: facts.filter(Boolean).join(", ") };
}

/** `Earlier life, 1 of 3: 2019-10-04 – 2019-10-21` */
function lifeWords({ lived, createdAt, creator, startingBalance }: TreeNode): RowWords {
  const { at, of, endedAt, mergedInto } = lived!;
  const title = `Earlier life, ${at} of ${of}: ${isoDay(createdAt)} – ${isoDay(endedAt)}`;
  const by = creator ? `created by ${shortAddress(creator)}` : "creator unknown";
  const balance = startingBalance === null ? "" : `${shortAmount(startingBalance)} XLM`;
  const into = `merged away${mergedInto ? ` into ${shortAddress(mergedInto)}` : ""}`;
  return { ...NONE, title, balance, spoken: [title, by, balance && `starting balance ${balance}`, into].filter(Boolean).join(", ") };
}

function moreWords({ rest, loading, few, assets }: Row): RowWords {
  if (assets) {
    const more = rest === 0 ? UNTOLD_ASSETS : `${few === "at least" ? "at least " : ""}${counted(rest, "more asset", "more assets")}`;
    const title = assets === "more" ? `Show ${more}` : `${more}, not told one by one`;
    return { ...NONE, title, spoken: title };
  }
  const siblings = `Show ${few === "at least" ? "at least " : ""}${counted(rest, "more sibling", "more siblings")}`;
  const title = loading ? "Loading…" : few ? siblings : `Show more of ${formatCount(rest)}`;
  return { ...NONE, title, spoken: title };
}
