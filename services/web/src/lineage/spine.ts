/** The ancestor spine: genesis → me, what stands at its open end, and what is folded when there is no room. */

import type { Life, Lineage } from "@/api/types";

export type SpineEnd =
  | { kind: "searching"; address: string | null }
  | { kind: "contract"; address: string | null }
  | { kind: "unknown"; reason: string };

export interface Spine {
  /** What the chain ends in instead of genesis; null when it reaches genesis. */
  end: SpineEnd | null;
  /** Oldest first; the last one is the account itself. */
  hops: Life[];
}

export type SpineItem = { kind: "hop"; life: Life; index: number } | { kind: "fold"; hidden: number };

/** The chain as far as it is known. */
export function spineOf(lineage: Lineage): Spine {
  const own = lineage.incarnation ? [lineage.incarnation] : [];
  return { end: endOf(lineage), hops: [...lineage.ancestors.toReversed(), ...own] };
}

function endOf(lineage: Lineage): SpineEnd | null {
  if (lineage.lineage === "genesis") return null;
  if (lineage.lineage === "contract") {
    return { kind: "contract", address: (lineage.ancestors.at(-1) ?? lineage.incarnation)?.creator ?? null };
  }
  if (lineage.lineage === "unknown") {
    return { kind: "unknown", reason: lineage.creator_unknown_reason ?? "The sources do not say who created it." };
  }
  return { kind: "searching", address: lineage.pending_address ?? (lineage.incarnation ? null : lineage.address) };
}

/**
 * The hops in at most `slots` places, the fold counted as one. Both ends stay: where the chain begins, and the nearest
 * creators, of which more are kept.
 */
export function folded(hops: readonly Life[], slots: number): SpineItem[] {
  const items = hops.map((life, index): SpineItem => ({ kind: "hop", life, index }));
  if (items.length <= Math.max(slots, 2)) return items;
  const shown = Math.max(slots, 3) - 1;
  const head = Math.max(1, Math.floor(shown / 3));
  const tail = shown - head;
  const hidden = items.length - shown;
  return [...items.slice(0, head), { kind: "fold", hidden }, ...items.slice(items.length - tail)];
}
