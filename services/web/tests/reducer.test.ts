import { describe, expect, it } from "vitest";
import type { LiveMessage, Stages } from "@/api/types";
import { lineageAfter, stagesAfter } from "@/live/reducer";
import { lifeOf, lineageOf, operation, stageOf } from "./lives";

const ME = lineageOf().address;
const own = lifeOf(ME, "GCREATOR", 300);
const grew = (address: string, ...lives: LiveMessage["lives"] & object): LiveMessage => ({
  topic: "lineage.grew",
  address,
  lives,
  status: "PROCESSING",
});

describe("the chain grows hop by hop", () => {
  it("begins with the account's own life, whose creator is looked for next", () => {
    const after = lineageAfter(lineageOf(), grew(ME, own));
    expect(after.incarnation).toEqual(own);
    expect(after.pending_address).toBe("GCREATOR");
    expect(after.lineage).toBe("pending");
  });

  it("goes on with the creator and ends at genesis", () => {
    const begun = lineageAfter(lineageOf(), grew(ME, own));
    const middle = lineageAfter(begun, grew("GCREATOR", lifeOf("GCREATOR", "GENESIS", 200)));
    const ended = lineageAfter(middle, grew("GENESIS", lifeOf("GENESIS", null, 1)));
    expect(ended.ancestors.map(({ address }) => address)).toEqual(["GCREATOR", "GENESIS"]);
    expect(ended.lineage).toBe("genesis");
    expect(ended.pending_address).toBeNull();
  });

  it("ends where a contract created", () => {
    const after = lineageAfter(lineageOf(), grew(ME, lifeOf(ME, "CCONTRACT", 300, { kind: "contract_transfer" })));
    expect(after.lineage).toBe("contract");
    expect(after.pending_address).toBeNull();
  });

  it("takes the creator's latest life begun before the creation", () => {
    const begun = lineageAfter(lineageOf(), grew(ME, own));
    const lives = [lifeOf("GCREATOR", "GA", 100), lifeOf("GCREATOR", "GB", 299), lifeOf("GCREATOR", "GC", 301)];
    const after = lineageAfter(begun, grew("GCREATOR", ...lives));
    expect(after.ancestors.at(-1)?.creator).toBe("GB");
  });

  it("compares by ledger where an operation is not known", () => {
    const begun = lineageAfter(lineageOf(), grew(ME, own));
    const provisional = lifeOf("GCREATOR", "GA", 300, { exact: false, created_op: operation(300, 0) });
    expect(lineageAfter(begun, grew("GCREATOR", provisional)).ancestors).toEqual([provisional]);
  });

  it("is not changed by a repeat, nor by somebody else's account", () => {
    const begun = lineageAfter(lineageOf(), grew(ME, own));
    const message = grew("GCREATOR", lifeOf("GCREATOR", "GENESIS", 200));
    const once = lineageAfter(begun, message);
    expect(lineageAfter(once, message)).toBe(once);
    expect(lineageAfter(once, grew("GELSE", lifeOf("GELSE", "GX", 5)))).toBe(once);
  });
});

describe("counts", () => {
  const counts = (total: number, complete: boolean, page: number): LiveMessage => ({
    topic: "counts",
    address: ME,
    total,
    complete,
    page,
  });

  it("are absolute, and an older page told again takes nothing back", () => {
    const after = lineageAfter(lineageOf(), counts(400, false, 2));
    expect(after.children).toMatchObject({ total: 400, complete: false, pages_read: 2 });
    expect(lineageAfter(after, counts(200, false, 1))).toBe(after);
    expect(lineageAfter(after, counts(401, true, 3)).children).toMatchObject({ total: 401, complete: true });
  });

  it("of another account change nothing", () => {
    const lineage = lineageOf();
    expect(lineageAfter(lineage, { ...counts(5, true, 1), address: "GELSE" })).toBe(lineage);
  });
});

describe("stages", () => {
  const stages: Stages = {
    ...lineageOf(),
    request_id: "r1",
    stages: [stageOf(1), stageOf(7, { state: "RUNNING", attempt: 2 })],
  };
  const ran = (stage: number, facts: Partial<LiveMessage> = {}): LiveMessage => ({
    topic: "stage",
    address: ME,
    request_id: "r1",
    stage,
    state: "DONE",
    attempt: 2,
    duration_ms: 12,
    ...facts,
  });

  it("move on, each by itself", () => {
    const after = stagesAfter(stages, ran(7));
    expect(after.stages.map(({ state }) => state)).toEqual(["PENDING", "DONE"]);
    expect(after.stages[1]?.duration_ms).toBe(12);
  });

  it("ignore an earlier attempt and another request", () => {
    expect(stagesAfter(stages, ran(7, { attempt: 1, state: "FAILED" })).stages[1]?.state).toBe("RUNNING");
    expect(stagesAfter(stages, ran(7, { request_id: "r2" }))).toBe(stages);
  });
});
