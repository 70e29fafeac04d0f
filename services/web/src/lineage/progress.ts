/** How far a request is, in words. */

import type { Lineage, RequestStatus } from "@/api/types";
import { counted, formatCount } from "@/formats/amounts";
import { formatDuration } from "@/formats/times";

const SECOND = 1_000;

/** The chain, the children, the expansion, the place in the queue: those there is something to say about. */
export function progressOf(lineage: Lineage, request: RequestStatus | undefined): string[] {
  return [chainOf(lineage), childrenOf(lineage), expansionOf(request), aheadOf(request), beginOf(request), leftOf(request)].filter(
    (part) => part !== null,
  );
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

function aheadOf(request: RequestStatus | undefined): string | null {
  const ahead = request?.queue.ahead;
  return ahead ? `${counted(ahead, "step", "steps")} ahead` : null;
}

function beginOf(request: RequestStatus | undefined): string | null {
  const seconds = request?.queue.begins_s ?? 0;
  return seconds < 1 ? null : `next step in about ${formatDuration(seconds * SECOND)}`;
}

function leftOf(request: RequestStatus | undefined): string | null {
  const seconds = request?.queue.expected_s;
  if (seconds === null || seconds === undefined) return null;
  return seconds < 1 ? "moments left" : `about ${formatDuration(seconds * SECOND)} left`;
}
