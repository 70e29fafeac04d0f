/** A lineage whose request was cancelled: nobody looks for its next creator any more. */

import type { Lineage } from "@/api/types";

const REASON = "Cancelled before it was found";

/** The same, its chain ended where the request was; as it is if the chain had ended by then. */
export function stoppedLineage(lineage: Lineage): Lineage {
  if (lineage.lineage !== "pending") return lineage;
  return { ...lineage, lineage: "unknown", pending_address: null, creator_unknown_reason: REASON };
}
