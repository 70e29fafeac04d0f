/** What BigQuery costs, in words. */

import type { BigQueryUsage, Budget } from "@/api/types";
import { formatBytes, formatUsd } from "@/formats/bytes";
import { monthDay } from "@/formats/times";

const LEAST = 10 * 1_024 ** 2; // BigQuery bills no less for a table that is read
const NEARLY = 0.9;

type Mode = BigQueryUsage["mode"];

export const MODES: Record<Mode, string> = {
  API_ONLY: "API only",
  BIGQUERY_ONLY: "BigQuery only",
  BIGQUERY_WITH_API_FALLBACK: "BigQuery, then API",
};

/** What each query is for; one that is not here goes by its name alone. */
export const QUERIES: Record<string, string> = {
  account_ledgers: "where lives lie",
  lives: "creations and merges",
  completions: "creations by contracts, and merges",
  lives_cheap: "creations and merges, by ledger",
  children: "children of creators",
  children_cheap: "children of creators, by ledger",
  standings_seed: "accounts above a threshold",
  balances: "balances of some accounts",
  network: "the whole network",
  network_since: "a day of the network",
};

export interface Alert {
  says: string;
  advice: string;
}

/** What somebody should know before it hurts; the gravest first. */
export function alertsOf(usage: BigQueryUsage): Alert[] {
  if (usage.idle_reason !== null) return [];
  const month = monthAlert(usage);
  if (month && isUsedUp(usage.month)) return [month]; // nothing more is read or paid
  return [month, dayAlert(usage), costAlert(usage)].filter((alert) => alert !== null);
}

function monthAlert({ month, mode }: BigQueryUsage): Alert | null {
  const until = `until ${monthDay(month.renews_at)}`;
  if (isUsedUp(month)) return { says: `The month's budget is used up: every query is refused ${until}.`, advice: refusedWords(mode, "monthly_limit_gb") };
  if (month.used_up_at === null) return null;
  return { says: `At this pace the month's budget is used up on ${monthDay(month.used_up_at)}.`, advice: `After that ${refusedWords(mode, "monthly_limit_gb", false)}` };
}

function dayAlert({ day, mode }: BigQueryUsage): Alert | null {
  const advice = refusedWords(mode, "daily_limit_gb");
  if (isUsedUp(day)) return { says: "Today's budget is used up: every query is refused until midnight UTC.", advice };
  if (day.spent_bytes < day.limit_bytes * NEARLY) return null;
  return { says: `${formatBytes(day.left_bytes)} of today's budget are left: a query that may read more is refused until midnight UTC.`, advice };
}

function costAlert({ over_alert, month, cost_alert_usd }: BigQueryUsage): Alert | null {
  if (!over_alert) return null;
  const free = month.projected_bytes <= month.spent_bytes + month.free_left_bytes;
  return {
    says: `At this pace the month costs ${formatUsd(month.projected_cost_usd)}: cost_alert_usd is ${formatUsd(cost_alert_usd)}.`,
    advice: free ? "It stays within the free TiB, if nobody else uses it." : "monthly_limit_gb stops it; pipeline_mode API_ONLY costs nothing.",
  };
}

function refusedWords(mode: Mode, setting: string, first = true): string {
  const then = mode === "BIGQUERY_ONLY" ? "steps fail with that as their reason" : "Horizon answers instead";
  const begun = first ? then.charAt(0).toUpperCase() + then.slice(1) : then;
  return `${begun}; ${setting} sets the budget.`;
}

/** Whether no query fits any more. */
export function isUsedUp({ left_bytes }: Pick<Budget, "left_bytes">): boolean {
  return left_bytes < LEAST;
}

/** Parts of the limit in percent, for a bar: what is spent, and how far the projection reaches beyond it. */
export function shares({ spent_bytes, limit_bytes }: Pick<Budget, "spent_bytes" | "limit_bytes">, projected = spent_bytes): { spent: number; ahead: number } {
  if (limit_bytes === 0) return { spent: 100, ahead: 0 };
  const spent = Math.min(100, (spent_bytes / limit_bytes) * 100);
  return { spent, ahead: Math.min(100, (projected / limit_bytes) * 100) - spent };
}
