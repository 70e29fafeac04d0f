/** The chain of creators as hops, outermost first, with its end made visible where that is not genesis. */

import type { Life, Lineage } from "@/api/types";
import { isStopped } from "@/lineage/stopped";
import type { EndState } from "./types";

export interface Hop {
  readonly kind: "end" | "ancestor" | "focus" | "way";
  readonly address: string | null;
  readonly life: Life | null;
  readonly end: EndState | null;
  readonly reason: string | null;
}

/** From genesis, or from what is known instead, down to the account itself. */
export function ancestorChain(lineage: Lineage): Hop[] {
  const focus = hop("focus", lineage.address, lineage.incarnation);
  const known = [...lineage.ancestors.map((life) => hop("ancestor", life.address, life)).toReversed(), focus];
  const end = endOf(lineage, known[0]!);
  return end ? [end, ...known] : known;
}

/** The hops from an account down to a descendant of it. */
export function wayDown(lives: readonly Life[]): Hop[] {
  return lives.map((life) => hop("way", life.address, life));
}

function hop(kind: "ancestor" | "focus" | "way", address: string, life: Life | null): Hop {
  return { kind, address, life, end: null, reason: null };
}

function endOf(lineage: Lineage, outermost: Hop): Hop | null {
  switch (lineage.lineage) {
    case "genesis":
      return null;
    case "contract":
      return { kind: "end", address: outermost.life?.creator ?? null, life: null, end: "contract", reason: null };
    case "unknown":
      return { kind: "end", address: null, life: null, end: isStopped(lineage.creator_unknown_reason) ? "unread" : "unknown", reason: lineage.creator_unknown_reason };
    case "pending":
      return { kind: "end", address: null, life: null, end: "pending", reason: null };
  }
}
