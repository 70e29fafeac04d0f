/** Why a request does not go on, in words: what is away and since when, what limits it, who goes first, what still works. */

import type { HealthCheck, RequestStatus, SourceUsage } from "@/api/types";

export interface Waiting {
  kind: "away" | "limited" | "queued";
  title: string;
  /** What was seen. */
  detail: string | null;
  /** When it began, as far as that is known. */
  since: string | null;
  /** What it means for the one who waits. */
  advice: string;
}

export interface Known {
  request: RequestStatus;
  /** Of this network's Horizon. */
  check: HealthCheck | undefined;
  usage: SourceUsage | undefined;
  /** When the check was first seen as it is. */
  since: string | null;
}

const LATELY_MS = 60_000;
const PATIENT = "The request keeps its place and goes on by itself. What is mapped already stays readable.";

/** The first of these that holds: its source is away, its source limits us, others go first; null if nothing is in the way. */
export function waitingOf(known: Known, now: number): Waiting | null {
  if (known.request.completed || known.request.cancelled) return null;
  return away(known) ?? limited(known, now) ?? queued(known);
}

/** `Horizon of sandbox` */
function sourceOf({ request }: Known): string {
  return `Horizon of ${request.network}`;
}

function away(known: Known): Waiting | null {
  const { request, check, since } = known;
  const down = check !== undefined && check.state !== "HEALTHY";
  const { expected_s: expected, reason } = request.queue;
  if (!down && (expected !== null || reason === null)) return null;
  return {
    kind: "away",
    title: `Waits for ${sourceOf(known)}`,
    detail: check?.detail ?? reason,
    since: down ? since : null,
    advice: PATIENT,
  };
}

function limited(known: Known, now: number): Waiting | null {
  const last = known.usage?.last_429_at;
  if (!last || now - Date.parse(last) > LATELY_MS) return null;
  const rate = known.usage?.rate_per_s;
  return {
    kind: "limited",
    title: `${sourceOf(known)} limits us`,
    detail: rate === null || rate === undefined ? null : `Calls go out at ${Number(rate.toFixed(2))} a second, and faster again as it allows.`,
    since: null,
    advice: PATIENT,
  };
}

function queued({ request }: Known): Waiting | null {
  if (request.lane === "user" || !request.lane_reason) return null;
  return { kind: "queued", title: "In the second lane", detail: request.lane_reason, since: null, advice: "Requests of the first lane go first." };
}
