import { describe, expect, it } from "vitest";
import type { RequestStatus } from "@/api/types";
import { progressOf } from "@/lineage/progress";
import { isPassedBy, stoppedLineage, stoppedWords, toldLineage } from "@/lineage/stopped";
import { waitingOf } from "@/lineage/waiting";
import { lineageOf, stageOf } from "./lives";

const NOW = Date.parse("2026-11-25T01:00:40Z");
const QUEUE: RequestStatus["queue"] = {
  lane: "user",
  reading: false,
  waits_for: null,
  ahead: null,
  begins_s: null,
  begins_at: null,
  expected_s: null,
  expected_at: null,
  rate_per_s: null,
  source_away_since: null,
  reason: null,
};

function request(queue: Partial<RequestStatus["queue"]> = {}, facts: Partial<RequestStatus> = {}): RequestStatus {
  const { network, network_key, as_of, epoch, current, reset_at, address } = lineageOf();
  return {
    network,
    network_key,
    as_of,
    epoch,
    current,
    reset_at,
    address,
    request_id: "r1",
    status: "PROCESSING",
    created_at: "2026-11-25T01:00:00Z",
    completed_at: null,
    completed: false,
    cancelled: false,
    retry: false,
    budget: 0,
    used: 0,
    depth: 0,
    pages: 50,
    lane: "user",
    lane_reason: null,
    lineage: { state: "pending", done: false, hops: 0, pending_address: null, reason: null },
    expansion: { done: false, children: 0, children_complete: false, pages_read: 0, pages_asked: 50, granted: 0, finished: 0, failed: 0, open: 0 },
    queue: { ...QUEUE, ...queue },
    stages: [],
    ...facts,
  };
}

describe("what a request waits for", () => {
  it("is nothing while it goes on, and once it has ended", () => {
    expect(waitingOf(request(), NOW)).toBeNull();
    expect(waitingOf(request({ waits_for: "source" }, { cancelled: true }), NOW)).toBeNull();
    expect(waitingOf(request({ waits_for: "source" }, { completed: true }), NOW)).toBeNull();
  });

  it("is its source, since it went away, and what still works", () => {
    const away = waitingOf(request({ waits_for: "source", source_away_since: "2026-11-25T00:59:00Z", reason: "answers 503" }), NOW);
    expect(away).toMatchObject({ title: "Waits for Horizon of sandbox", since: "2026-11-25T00:59:00Z", detail: "answers 503" });
    expect(away!.advice).toContain("stays readable");
  });

  it("is the limit, or its turn with why it is not in the first lane", () => {
    expect(waitingOf(request({ waits_for: "rate-limit", reason: "nothing before 01:02" }), NOW)).toMatchObject({
      title: "Horizon of sandbox limits us",
      detail: "nothing before 01:02",
    });
    expect(waitingOf(request({ waits_for: "turn" }, { lane_reason: "the 11th open request" }), NOW)).toMatchObject({
      title: "Waits its turn",
      detail: "the 11th open request",
    });
  });

  it("is an answer, when a step runs for long: nobody has looked at the source yet", () => {
    const running = (at: string) => request({}, { stages: [stageOf(1, { state: "RUNNING", at })] });
    expect(waitingOf(running("2026-11-25T01:00:30Z"), NOW)).toBeNull();
    expect(waitingOf(running("2026-11-25T01:00:10Z"), NOW)).toMatchObject({ kind: "silent", since: "2026-11-25T01:00:10Z" });
  });
});

describe("how far a request is", () => {
  it("tells place and time where they are known", () => {
    const told = progressOf(lineageOf(), request({ ahead: 12, begins_s: 40, expected_s: 190 }));
    expect(told).toEqual(["Walking to genesis: 0 creators found", "0 children read so far", "12 steps ahead", "next step in about 40 s", "about 3 min left"]);
  });

  it("says nothing of what is not known, and how many expansions failed", () => {
    const { expansion } = request();
    const told = progressOf(lineageOf(), request({}, { expansion: { ...expansion, granted: 10, finished: 4, failed: 1 } }));
    expect(told.at(-1)).toBe("4 of 10 children expanded, 1 failed");
  });
});

describe("a cancelled request", () => {
  it("ends the chain where it stood, with the reason; an ended chain stays", () => {
    expect(stoppedLineage(lineageOf())).toMatchObject({ lineage: "unknown", creator_unknown_reason: "Cancelled before it was found" });
    const whole = lineageOf({ lineage: "genesis" });
    expect(stoppedLineage(whole)).toBe(whole);
  });
});

describe("an account that was met on the way to another", () => {
  it("waits for nothing once the other's request has ended", () => {
    const others = request({}, { address: "GANOTHER", completed: true, cancelled: false });
    expect(isPassedBy(others, lineageOf().address)).toBe(true);
    expect(isPassedBy({ ...others, completed: false }, lineageOf().address)).toBe(false);
    expect(isPassedBy({ ...others, address: lineageOf().address }, lineageOf().address)).toBe(false);
    expect(stoppedLineage(lineageOf(), true).creator_unknown_reason).toBe("Not asked for yet");
  });

  it("is not called one without a creator", () => {
    const { creator_unknown_reason: passedBy } = stoppedLineage(lineageOf(), true);
    const { creator_unknown_reason: cancelled } = stoppedLineage(lineageOf());
    expect(stoppedWords(passedBy, "0 hops")).toBe("chain not asked for yet");
    expect(stoppedWords(cancelled, "3 hops")).toBe("cancelled after 3 hops");
    expect(stoppedWords("Horizon has no history of it", "3 hops")).toBeNull();
  });

  it("is looked for by nobody where nobody asked for it; a chain that is whole, or on its way, is told as it is", () => {
    const going = { stopped: false, passedBy: false };
    expect(toldLineage(lineageOf({ status: null }), going)).toMatchObject({ lineage: "unknown", creator_unknown_reason: "Not asked for yet" });
    const [whole, growing] = [lineageOf({ status: null, lineage: "genesis" }), lineageOf()];
    expect([toldLineage(whole, going), toldLineage(growing, going)]).toEqual([whole, growing]);
    expect(toldLineage(growing, { ...going, stopped: true }).creator_unknown_reason).toBe("Cancelled before it was found");
  });
});
