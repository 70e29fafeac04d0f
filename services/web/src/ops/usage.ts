/** A source's use in words. */

import type { SourceUsage } from "@/api/types";
import { formatCount } from "@/formats/amounts";
import { componentName } from "./health";

/** `Horizon · sandbox` */
export function sourceName({ source, network }: Pick<SourceUsage, "source" | "network">): string {
  return componentName(network ? `${source}:${network}` : source);
}

/** `2,556/h`, `none` */
export function limitWords({ limit_per_hour: limit, rate_per_s: rate }: Pick<SourceUsage, "limit_per_hour" | "rate_per_s">): string {
  if (limit !== null) return `${formatCount(limit)}/h`;
  return rate === null ? "–" : "none";
}

/** Why nothing is said of it; null if something is. */
export function unlimitedReason({ limit_per_hour: limit, rate_per_s: rate }: Pick<SourceUsage, "limit_per_hour" | "rate_per_s">): string | null {
  if (rate === null) return "No process that calls it told it lately.";
  return limit === null ? "It has no limit here." : null;
}

/** `127.0.0.1:8400/sandbox/horizon` */
export function hostWords(url: string): string {
  return url.replace(/^https?:\/\//, "").replace(/\/$/, "");
}

/** `0.7/s`; null if it is not known. */
export function rateWords({ rate_per_s: rate }: Pick<SourceUsage, "rate_per_s">): string | null {
  return rate === null ? null : `${Number(rate.toFixed(rate < 10 ? 2 : 0))}/s`;
}
