/** A lineage that nobody looks for any more: its request was cancelled, or was about another account and has ended. */

import type { Lineage, RequestStatus } from "@/api/types";

const CANCELLED = "Cancelled before it was found";
const PASSED_BY = "Not asked for yet";

/** The end of a chain is not unknown there: nobody looks for it any more, or did yet. */
export function stoppedWords(reason: string | null, hops: string): string | null {
  if (reason === PASSED_BY) return "chain not asked for yet";
  return reason === CANCELLED ? `cancelled after ${hops}` : null;
}

/** The chain goes on beyond its end: nobody read it further. */
export function isStopped(reason: string | null): boolean {
  return reason === CANCELLED || reason === PASSED_BY;
}

/** The request that met this account was another's, and has ended: nobody ever asked for this one's own chain. */
export function isPassedBy(request: RequestStatus, address: string): boolean {
  return request.completed && !request.cancelled && request.address !== address;
}

/** The same, its chain ended where the request was; as it is if the chain had ended by then. */
export function stoppedLineage(lineage: Lineage, passedBy = false): Lineage {
  if (lineage.lineage !== "pending") return lineage;
  return { ...lineage, lineage: "unknown", pending_address: null, creator_unknown_reason: passedBy ? PASSED_BY : CANCELLED };
}

/** As it is told: nobody looks for more of a chain where no request is about the account, nor where that one was ended or passed it by. */
export function toldLineage(lineage: Lineage, { stopped, passedBy }: { stopped: boolean; passedBy: boolean }): Lineage {
  const unasked = lineage.status === null;
  return stopped || unasked ? stoppedLineage(lineage, passedBy || unasked) : lineage;
}
