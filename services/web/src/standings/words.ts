/** Words for periods, for what happened to a standing and why, and for what accounts are ranked among. */

import type { AccountRank, ChangeReason, ChangeType, Coverage, Period, StandingChange, Standings, StandingSummary } from "@/api/types";
import { counted, formatCount, shortXlm } from "@/formats/amounts";

export const PERIODS: readonly Period[] = ["24h", "7d", "30d"];
export const PERIOD_NAMES: Record<Period, string> = { "24h": "24 h", "7d": "7 d", "30d": "30 d" };
export const SINCE: Record<Period, string> = { "24h": "24 hours ago", "7d": "7 days ago", "30d": "30 days ago" };

export const CHANGE_TYPES: readonly ChangeType[] = [
  "ENTERED",
  "EXITED",
  "RANK_UP",
  "RANK_DOWN",
  "BALANCE_INCREASE",
  "BALANCE_DECREASE",
];

export const TYPE_NAMES: Record<ChangeType, string> = {
  ENTERED: "Entered",
  EXITED: "Exited",
  RANK_UP: "Rank up",
  RANK_DOWN: "Rank down",
  BALANCE_INCREASE: "Balance up",
  BALANCE_DECREASE: "Balance down",
};

/** Why, where that is more than that its own balance moved. */
export const REASONS: Record<ChangeReason, { short: string; meaning: string } | null> = {
  moved: null,
  overtaken: { short: "overtaken", meaning: "Its own balance did not change: others passed it, or fell below it." },
  discovered: { short: "discovered", meaning: "News to StellarMap, not to the network: an account was only now learned of." },
  threshold_changed: { short: "thresholds changed", meaning: "The thresholds that accounts are ranked by were changed." },
};

/** What a change says beside its name: places won or lost, or nothing. */
export function ranksOf({ old_rank: before, new_rank: after }: StandingChange): string {
  if (before !== null && after !== null) return before === after ? `#${formatCount(after)}` : `#${formatCount(before)} → #${formatCount(after)}`;
  if (after !== null) return `at #${formatCount(after)}`;
  return before === null ? "" : `was #${formatCount(before)}`;
}

export interface CoverageWords {
  of: string;
  why: string;
}

/** Among what accounts are ranked, and why not among more. */
export function coverageWords(coverage: Coverage, lowestXlm: number): CoverageWords {
  const { accounts, ledger } = coverage;
  const least = `${shortXlm(lowestXlm)} XLM or more`;
  if (ledger !== null) {
    const of = `Ranked among all accounts of the network as of ledger ${formatCount(ledger)}`;
    return { of, why: `${counted(accounts, "account holds", "accounts hold")} ${least}.` };
  }
  const of = `Ranked among ${counted(accounts, "mapped account", "mapped accounts")} with ${least}`;
  return { of, why: "Other balances of this network were not read, so a larger account that nobody mapped may be missing." };
}

/** What its changes take in the store, beside hourly snapshots of a full board; empty while nothing was written. */
export function storageWords({ board_size: size, figures, storage }: Pick<Standings, "board_size" | "figures" | "storage">): string {
  if (!storage?.ratio) return "";
  const { hours, rows, snapshot_rows: snapshots, ratio } = storage;
  const times = ratio.toLocaleString("en-US", { maximumSignificantDigits: 2 });
  const span = hours === 1 ? "in this hour" : `in the last ${hours} hours`;
  return (
    `Every change, balance and closing ${span} took ${counted(rows, "row", "rows")} of the store. ` +
    `Hourly snapshots of ${figures.length} × ${formatCount(size)} ranks would have taken ${formatCount(snapshots)}: ${times} times that.`
  );
}

/** `#7`; below the board's end `about #12,300`. */
export function rankWords({ rank, about }: Pick<AccountRank, "rank" | "about">): string {
  return rank === null ? "" : `${about ? "about " : ""}#${formatCount(rank)}`;
}

export const TREND_NAMES: Record<StandingSummary["trend"], string> = { improving: "rising", declining: "falling", stable: "steady" };
