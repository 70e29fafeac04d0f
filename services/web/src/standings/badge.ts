/** What the board says of an account's movement since the period began: up, down, new, the same, or why nothing. */

import type { Period, StandingRow } from "@/api/types";
import { counted, formatAmount, formatCount } from "@/formats/amounts";
import { formatPercent } from "@/formats/percents";
import { SINCE } from "./words";

export type BadgeKind = "up" | "down" | "same" | "new" | "unknown";

export interface Badge {
  kind: BadgeKind;
  /** Shown: places won or lost, `new`; empty where a sign says it all. */
  text: string;
  /** The whole of it in words, for the tooltip and for readers; the reason where nothing is known. */
  words: string;
}

type Moved = Pick<StandingRow, "rank" | "rank_before" | "rank_change" | "new" | "discovered">;
type Grown = Pick<StandingRow, "balance_stroops" | "balance_before_stroops" | "balance_change_pct" | "new" | "discovered">;

export interface Change {
  kind: "up" | "down" | "same" | "unknown";
  text: string;
  words: string;
}

export function badgeOf(row: Moved, period: Period): Badge {
  const then = SINCE[period];
  if (row.discovered) return { kind: "unknown", text: "", words: discoveredWords(period) };
  if (row.new) return { kind: "new", text: "new", words: newWords(row, then) };
  if (row.rank_change === null || row.rank_before === null) return { kind: "unknown", text: "", words: unknownWords(period) };
  const places = Math.abs(row.rank_change);
  if (places === 0) return { kind: "same", text: "", words: `Rank ${formatCount(row.rank)}, as ${then}` };
  const kind = row.rank_change > 0 ? "up" : "down";
  const moved = counted(places, "place", "places");
  return {
    kind,
    text: formatCount(places),
    words: `${kind === "up" ? "Up" : "Down"} ${moved} from rank ${formatCount(row.rank_before)} ${then}`,
  };
}

/** How its balance changed, in percent. */
export function growthOf(row: Grown, period: Period): Change {
  const { balance_before_stroops: before, balance_change_pct: percent } = row;
  if (before === null || percent === null) {
    return { kind: "unknown", text: "", words: row.discovered ? discoveredWords(period) : unknownBalance(period) };
  }
  const kind = percent === 0 ? "same" : percent > 0 ? "up" : "down";
  const words = `From ${formatAmount(before)} XLM ${SINCE[period]} to ${formatAmount(row.balance_stroops)} XLM`;
  return { kind, text: formatPercent(percent), words };
}

function newWords({ rank_before: before }: Moved, then: string): string {
  const from = before === null ? "" : `, at rank ${formatCount(before)}`;
  return `New: it stood below this threshold ${then}${from}`;
}

function discoveredWords(period: Period): string {
  return `StellarMap learned of this account after that, so how it stood ${SINCE[period]} is not known.`;
}

function unknownWords(period: Period): string {
  if (period === "24h") return "How it stood 24 hours ago is not known.";
  return `It was not among the first 1,000 ranks ${SINCE[period]}, or no ranks were kept yet.`;
}

function unknownBalance(period: Period): string {
  return `Its balance ${SINCE[period]} is not known.`;
}
