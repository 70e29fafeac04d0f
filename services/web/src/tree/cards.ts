/** What stands on each card, and how large it is. Words are exact: "at least" where a count is not final. */

import { shortAddress } from "@/formats/addresses";
import { counted, formatCount, shortAmount } from "@/formats/amounts";
import { isoDate, longMonth } from "@/formats/times";
import type { Shown } from "./fold";
import type { Font, Measure } from "./measure";
import type { Count, Span, TreeNode } from "./types";

export interface Card {
  readonly w: number;
  readonly h: number;
  readonly title: string;
  /** Addresses are set in mono, names and words in sans. */
  readonly mono: boolean;
  /** At the right of the title, or below it where the card has two lines. */
  readonly detail: string;
  readonly lines: 1 | 2;
  /** Width of the small histogram; 0: none. */
  readonly bars: number;
}

export const ROW = 28;
const TALL = 42;
const WIDE = 208;
export const PAD = 12;
/** Room for the dot before a title, and for the caret after everything. */
export const DOT = 16;
export const CARET = 18;
export const BARS_GAP = 10;
const BARS = 54;
const BARS_ALONE = 84;
const GAP = 12;

export const TITLE: Font = { face: "sans", size: 13, weight: 500 };
export const MONO: Font = { face: "mono", size: 12.5, weight: 500 };
export const DETAIL: Font = { face: "sans", size: 12, weight: 400 };

/** Makes cards with widths by `measure`. */
export function cardMaker(measure: Measure): (shown: Shown) => Card {
  return (shown) => {
    const text = textOf(shown);
    const title = measure(text.title, text.mono ? MONO : TITLE);
    const detail = text.detail ? measure(text.detail, DETAIL) : 0;
    const lines = TWO_LINES.has(shown.kind) && text.detail ? 2 : 1;
    const bars = shown.counts.length > 1 ? (shown.node ? BARS : BARS_ALONE) : 0;
    const aside = (hasDot(shown) ? DOT : 0) + (hasCaret(shown) ? CARET : 0) + (bars ? bars + BARS_GAP : 0);
    const content = lines === 2 ? Math.max(title, detail) : title + (detail ? GAP + detail : 0);
    const least = shown.node && lines === 1 ? WIDE : 0;
    return { ...text, lines, bars, w: Math.max(least, Math.ceil(content + aside) + 2 * PAD), h: lines === 2 ? TALL : ROW };
  };
}

const TWO_LINES = new Set<Shown["kind"]>(["focus", "ancestor", "end"]);

/** Accounts but the one in the middle have a dot; it is hollow when the account was merged away. */
export function hasDot({ kind }: Shown): boolean {
  return kind === "ancestor" || kind === "child";
}

/** A caret tells that a node opens. Folds open as a whole. */
export function hasCaret({ node, toggle }: Shown): boolean {
  return node !== null && toggle !== null;
}

/** `79,980 children`, `at least 1 child`, `children not read yet`. */
export function childrenText(count: Count | null): string {
  if (!count) return "children not read yet";
  return `${count.exact ? "" : "at least "}${counted(count.value, "child", "children")}`;
}

/** `Nov 2018`, `2018`, `2018–19`, `Nov 2018 – Mar 2019`. */
export function spanText({ first, last }: Pick<Span, "first" | "last">, counts: number): string {
  const [from, to] = [first.slice(0, 4), last.slice(0, 4)];
  if (first === last) return longMonth(first);
  if (from === to) return counts > 1 ? from : longMonth(first);
  return from.slice(0, 2) === to.slice(0, 2) ? `${from}–${to.slice(2)}` : `${from}–${to}`;
}

interface Words {
  readonly title: string;
  readonly mono: boolean;
  readonly detail: string;
}

function textOf(shown: Shown): Words {
  const { node, hidden, kind } = shown;
  switch (kind) {
    case "ancestors":
      return words(shown.parent === null ? `+${formatCount(hidden)} to root` : `+${formatCount(hidden)} ancestors`);
    case "loading":
      return words(hidden > 0 ? `+${formatCount(hidden)} loading…` : "loading…");
    case "more":
      return words(`+${formatCount(hidden + shown.unlisted)} more${shown.notable ? " with children" : ""}`);
    case "unlisted":
      return words(`${formatCount(shown.unlisted)} more with children, in the months below`);
    case "span":
      return words(spanText(node!.span!, node!.span!.counts.length), counted(node!.count!.value, "account", "accounts"));
    case "undated":
      return words("time unknown", `${node!.count!.exact ? "" : "at least "}${counted(node!.count!.value, "account", "accounts")}`);
    case "end":
      return endWords(node!);
    default:
      return accountWords(node!);
  }
}

function words(title: string, detail = ""): Words {
  return { title, mono: false, detail };
}

function endWords({ end, address }: TreeNode): Words {
  if (end === "contract") return words("contract", address ? shortAddress(address) : "");
  return end === "unknown" ? words("creator unknown") : words("looking for the creator…");
}

function accountWords(node: TreeNode): Words {
  const title = node.name ?? shortAddress(node.address!);
  return { title, mono: node.name === null, detail: accountDetail(node) };
}

function accountDetail(node: TreeNode): string {
  const { kind, count, createdAt, startingBalance } = node;
  if (kind === "focus") return `${childrenText(count)}${node.merged ? " · merged" : ""}`;
  if (kind === "child" && count) return `${count.exact ? "" : "≥ "}${formatCount(count.value)}`;
  const date = createdAt ? isoDate(createdAt) : "";
  const amount = kind === "ancestor" && startingBalance ? `${shortAmount(startingBalance)} XLM` : "";
  return [amount, date].filter(Boolean).join(" · ");
}
