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

/** `0.7/s`; null if it is not known. */
export function rateWords({ rate_per_s: rate }: Pick<SourceUsage, "rate_per_s">): string | null {
  return rate === null ? null : `${Number(rate.toFixed(rate < 10 ? 2 : 0))}/s`;
}
