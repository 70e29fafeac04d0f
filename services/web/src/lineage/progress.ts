/** How far a request is, in words. */

import type { Lineage, RequestStatus } from "@/api/types";
import { counted, formatCount } from "@/formats/amounts";
import { formatDuration } from "@/formats/times";

const SECOND = 1_000;

/** The chain, the children, the expansion, the place in the queue: those there is something to say about. */
export function progressOf(lineage: Lineage, request: RequestStatus | undefined): string[] {
  return [chainOf(lineage), childrenOf(lineage), expansionOf(request), placeOf(request), timeOf(request)].filter((part) => part !== null);
}

function chainOf({ ancestors, lineage }: Lineage): string {
  const hops = counted(ancestors.length, "creator", "creators");
  return lineage === "pending" ? `Walking to genesis: ${hops} found` : `Chain read: ${hops}`;
}

function childrenOf({ children }: Lineage): string | null {
  if (!children.asked) return null;
  return `${counted(children.total, "child", "children")} ${children.complete ? "read" : "read so far"}`;
}

function expansionOf(request: RequestStatus | undefined): string | null {
  const expansion = request?.expansion;
  if (!expansion?.granted) return null;
  const failed = expansion.failed > 0 ? `, ${formatCount(expansion.failed)} failed` : "";
  return `${formatCount(expansion.finished)} of ${counted(expansion.granted, "child", "children")} expanded${failed}`;
}

function placeOf(request: RequestStatus | undefined): string | null {
  const ahead = request?.queue.ahead;
  return ahead ? `${counted(ahead, "request", "requests")} ahead` : null;
}

/** The time there is at most: a history may end before the last page asked for. */
function timeOf(request: RequestStatus | undefined): string | null {
  const seconds = request?.queue.expected_s;
  if (seconds === null || seconds === undefined) return null;
  return seconds < 1 ? "moments left" : `at most about ${formatDuration(seconds * SECOND)} left`;
}
