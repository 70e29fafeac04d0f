/** Why a request does not go on, in words: what it waits for, since when, and what still works. */

import type { RequestStatus } from "@/api/types";

export interface Waiting {
  kind: "source" | "rate-limit" | "turn" | "silent";
  title: string;
  /** When it began, where that is known. */
  since: string | null;
  /** What was seen. */
  detail: string | null;
  /** What it means for the one who waits. */
  advice: string;
}

const PATIENCE_MS = 15_000;
const PATIENT = "The request keeps its place and goes on by itself; what is mapped already stays readable.";

/** What the next step of the request waits for; null if nothing is in its way. */
export function waitingOf(request: RequestStatus, now: number): Waiting | null {
  const { network, queue, lane_reason: laneReason, completed, cancelled } = request;
  if (completed || cancelled) return null;
  switch (queue.waits_for) {
    case "source":
      return {
        kind: "source",
        title: `Waits for Horizon of ${network}`,
        since: queue.source_away_since,
        detail: queue.reason,
        advice: PATIENT,
      };
    case "rate-limit":
      return { kind: "rate-limit", title: `Horizon of ${network} limits us`, since: null, detail: queue.reason, advice: PATIENT };
    case "turn":
      return { kind: "turn", title: "Waits its turn", since: null, detail: laneReason, advice: "It goes on by itself." };
    case null:
      return silent(request, now);
  }
}

/** A step that runs for long: whether its source is away is looked at only once a minute. */
function silent({ network, stages }: RequestStatus, now: number): Waiting | null {
  const begun = stages.find(({ state, at }) => state === "RUNNING" && at !== null && now - Date.parse(at) > PATIENCE_MS);
  if (!begun) return null;
  return {
    kind: "silent",
    title: `Horizon of ${network} has not answered yet`,
    since: begun.at,
    detail: "The step in work is tried again until it does.",
    advice: PATIENT,
  };
}
