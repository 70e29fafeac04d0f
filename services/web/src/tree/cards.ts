/** What stands on each card, and how large it is. Words are exact: "at least" where a count is not final. */

import { shortAddress } from "@/formats/addresses";
import { counted, formatCount, shortAmount } from "@/formats/amounts";
import { isoDate, longMonth } from "@/formats/times";
import { placeWords } from "@/lineage/lives";
import type { Shown } from "./fold";
import type { Font, Measure } from "./measure";
import type { AssetFacts, Count, Span, TreeNode } from "./types";

export interface Card {
  readonly w: number;
  readonly h: number;
  /** From the whole text to the shortest that still says it. A count is never cut. */
  readonly titles: readonly string[];
  /** Addresses are set in mono, names and words in sans. */
  readonly mono: boolean;
  /** At the right of the title, or below it where the card has two lines. The same, longest first; none: no detail. */
  readonly details: readonly string[];
  readonly lines: 1 | 2;
  /** Width of the small histogram; 0: none. */
  readonly bars: number;
}

export const ROW = 28;
export const TALL = 44;
const WIDE = 212;
const WIDE_SPAN = 284;

export const PAD = 12;
/** Room for the dot before a title, and for the caret after everything. */
export const DOT = 16;
export const CARET = 18;
export const BARS_GAP = 10;
const BARS = 54;
const BARS_NARROW = 42;
const BARS_ALONE = 84;
const GAP = 12;
/** So that a text that keeps its size on a slightly smaller zoom still fits. */
const SLACK = 1.1;

export const TITLE: Font = { face: "sans", size: 13, weight: 500 };
export const MONO: Font = { face: "mono", size: 12.5, weight: 500 };
export const DETAIL: Font = { face: "sans", size: 12, weight: 400 };

/** Makes cards with widths by `measure`; narrow ones for small screens. */
export function cardMaker(measure: Measure, narrow = false): (shown: Shown) => Card {
  return (shown) => {
    const text = textOf(shown, narrow);
    const title = measure(text.titles[0]!, text.mono ? MONO : TITLE);
    const detail = text.details[0] ? measure(text.details[0], DETAIL) : 0;
    const lines = detail && TWO_LINES.has(shown.kind) ? 2 : 1;
    const bars = shown.counts.length < 2 ? 0 : shown.node === null ? BARS_ALONE : narrow ? BARS_NARROW : BARS;
    const aside = (hasDot(shown) ? DOT : 0) + (hasCaret(shown) ? CARET : 0) + (bars ? bars + BARS_GAP : 0);
    const content = lines === 2 ? Math.max(title, detail) : title + (detail ? GAP + detail : 0);
    const [least, slack] = OWN_WIDTH.has(shown.kind) ? [0, SLACK] : [bars && shown.node && !narrow ? WIDE_SPAN : WIDE, 1];
    const w = Math.max(least, Math.ceil(content * slack + aside) + 2 * PAD);
    return { ...text, lines, bars, w, h: lines === 2 ? TALL : ROW };
  };
}

/** As wide as their text; the others stand in columns. */
const OWN_WIDTH = new Set<Shown["kind"]>(["focus", "ancestor", "ancestors", "end", "loading", "asset", "assets", "life", "maker", "lives"]);
const TWO_LINES = new Set<Shown["kind"]>(["focus", "ancestor", "end", "life"]);

/** Accounts but the one in the middle have a dot; it is hollow when the account was merged away. Assets have a diamond. */
export function hasDot({ kind }: Shown): boolean {
  return kind === "ancestor" || kind === "child" || kind === "asset" || kind === "life" || kind === "maker";
}

/** A caret tells that a node opens. Folds open as a whole. */
export function hasCaret({ node, toggle }: Shown): boolean {
  return node !== null && toggle !== null;
}

/** `79,980 children`, `at least 1 child`, `no children`, `children not read yet`. */
export function childrenText(count: Count | null): string {
  if (!count) return "children not read yet";
  if (count.value === 0) return count.exact ? "no children" : "no children found yet";
  return `${count.exact ? "" : "at least "}${counted(count.value, "child", "children")}`;
}

/** The day, or that it is not known. */
export function isoDay(moment: string | null): string {
  return moment === null ? "?" : isoDate(moment);
}

/** Of an account that nobody has looked at: not that it issues none. */
export const UNREAD_ASSETS = "assets not read yet";

export const UNTOLD_ASSETS = "perhaps more assets";

export function holdersText({ holders }: AssetFacts): string {
  return counted(holders, "holder", "holders");
}

/** `Nov 2018`, `2018`, `2018–19`, `Nov 2018 – Mar 2019`. */
export function spanText({ first, last }: Pick<Span, "first" | "last">, counts: number): string {
  const [from, to] = [first.slice(0, 4), last.slice(0, 4)];
  if (first === last) return longMonth(first);
  if (from === to) return counts > 1 ? from : longMonth(first);
  return from.slice(0, 2) === to.slice(0, 2) ? `${from}–${to.slice(2)}` : `${from}–${to}`;
}

/** Before the name of an account whose balance reaches the default threshold of the leaderboard. */
export const VALUED = "★";

type Words = Pick<Card, "titles" | "details" | "mono">;

function textOf(shown: Shown, narrow: boolean): Words {
  const { node, kind } = shown;
  switch (kind) {
    case "span":
      return words([spanText(node!.span!, node!.span!.counts.length)], accountsText(node!.count!, narrow));
    case "undated":
      return words(["time unknown"], accountsText(node!.count!, narrow));
    case "end":
      return endWords(node!);
    case "asset":
      return node!.asset ? words([node!.asset.code], [holdersText(node!.asset)]) : words([UNREAD_ASSETS]);
    case "life":
      return words([placeWords(node!.lived!)], [`${isoDay(node!.createdAt)} – ${isoDay(node!.lived!.endedAt)}`]);
    case "ancestor":
    case "maker":
    case "child":
    case "focus":
      return accountWords(node!);
    default:
      return words(foldTitles(shown));
  }
}

function words(titles: readonly string[], details: readonly string[] = []): Words {
  return { titles, mono: false, details };
}

function foldTitles({ kind, hidden, unlisted, notable, parent, exact, toggle }: Shown): string[] {
  const all = `${exact ? "" : "≥ "}${formatCount(hidden + unlisted)}`;
  switch (kind) {
    case "ancestors":
      return [`+${all} ${parent === null ? "to root" : "ancestors"}`, `+${all}`];
    case "siblings":
      return hidden > 0 ? [`+${all} more siblings`, `+${all}`] : ["others not read yet", "not read"];
    case "lives":
      return [`+${all} earlier ${hidden === 1 ? "life" : "lives"}`, `+${all}`];
    case "assets":
      return hidden > 0 ? [`+${all} more ${hidden === 1 ? "asset" : "assets"}`, `+${all}`] : [UNTOLD_ASSETS, "…"];
    case "loading":
      return [hidden > 0 ? `+${all} loading…` : "loading…", "…"];
    case "unlisted":
      return toggle ? [`+${all} more notable`, `+${all} more`, `+${all}`] : [`${all} more notable, by month`, `${all} more, by month`];
    default:
      return [...(notable ? [`+${all} more notable`] : []), `+${all} more`, `+${all}`];
  }
}

function accountsText(count: Count, narrow: boolean): string[] {
  const least = count.exact ? "" : "at least ";
  const short = `${count.exact ? "" : "≥ "}${formatCount(count.value)}`;
  return narrow ? [short] : [`${least}${counted(count.value, "account", "accounts")}`, short];
}

function endWords({ end, address }: TreeNode): Words {
  if (end === "contract") return words(["contract"], address ? [shortAddress(address)] : []);
  if (end === "unread") return words(["chain not read", "not read"]);
  return words([end === "unknown" ? "creator unknown" : "looking for the creator…", "creator?"]);
}

function accountWords(node: TreeNode): Words {
  const { name, address, face } = node;
  const titles = name === null ? addressTexts(address!) : [name];
  return { titles: face?.is_hva ? titles.map((title) => `${VALUED} ${title}`) : titles, mono: name === null, details: accountDetails(node) };
}

function addressTexts(address: string): string[] {
  const shorter = [4, 3].map((ends) => `${address.slice(0, ends)}…${address.slice(-ends)}`);
  return [shortAddress(address), ...shorter, `${address.slice(0, 3)}…`];
}

function accountDetails(node: TreeNode): string[] {
  const { kind, count, createdAt, startingBalance, lived } = node;
  if (kind === "focus") return [[childrenText(count), node.merged && "merged", lived && placeWords(lived)].filter(Boolean).join(" · ")];
  if (kind === "maker") return [`created life ${lived!.at}`];
  if (kind === "child" && count?.value) return [`${count.exact ? "" : "≥ "}${formatCount(count.value)}`];
  const date = createdAt ? isoDate(createdAt) : "";
  const amount = kind === "ancestor" && startingBalance ? `${shortAmount(startingBalance)} XLM` : "";
  const detail = [amount, date].filter(Boolean).join(" · ");
  return detail ? [detail] : [];
}
