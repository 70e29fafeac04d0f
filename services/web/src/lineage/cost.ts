/** What an expansion costs at least, before it is asked for: calls to the source, and minutes at its limit. */

import type { Lineage, Usage } from "@/api/types";

export interface Expansion {
  /** Up to which page of its own children to read. */
  pages: number;
  /** How many children to expand in turn. */
  budget: number;
  /** How many generations. */
  depth: number;
}

export interface Cost {
  calls: number;
  /** Null: the source has no limit, or it is not known. */
  minutes: number | null;
}

/** One call for each page not read yet, and at least one for each child that is expanded. */
export function costOf(wanted: Expansion, children: Lineage["children"], callsPerHour: number | null): Cost {
  const own = children.complete ? 0 : Math.max(0, wanted.pages - children.pages_read);
  const grants = wanted.depth > 0 ? wanted.budget : 0;
  // Of children that are all known, no more than there are are sure to be expanded: theirs are not known.
  const granted = children.complete ? Math.min(grants, children.total) : grants;
  const calls = own + granted;
  return { calls, minutes: callsPerHour === null ? null : (calls / callsPerHour) * 60 };
}

/** Calls an hour that Horizon of this network is given; null: as many as one likes; undefined: nothing tells now. */
export function horizonCallsPerHour(usage: Pick<Usage, "sources"> | undefined, network: string): number | null | undefined {
  const source = usage?.sources.find((one) => one.source === "horizon" && one.network === network);
  // Limits are told by processes that called it lately; a rate says that one did.
  return source?.limit_per_hour ?? (source?.rate_per_s == null ? undefined : null);
}
