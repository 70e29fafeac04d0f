import { describe, expect, it } from "vitest";
import type { DeadLetter } from "@/api/types";
import { choicesOf, formatBytes, outcomeOf, topicName } from "@/ops/letters";

const ALL = { group: null, topic: null };

function letter(offset: number, facts: Partial<DeadLetter> = {}): DeadLetter {
  const topic = "stellarmap.account.requested.v1.ingest-horizon.dlq";
  return {
    id: `${topic}:0:${offset}`,
    topic,
    partition: 0,
    offset,
    at: "2026-11-25T01:00:00Z",
    original_topic: "stellarmap.account.requested.v1",
    original_partition: 3,
    original_offset: 7,
    group: "ingest-horizon",
    reason: "InvalidEvent: headers are missing",
    attempts: 1,
    key: null,
    type: null,
    value_bytes: 8,
    replayed_at: null,
    ...facts,
  };
}

describe("dead letters in words", () => {
  it("names topics shortly, and others as they are", () => {
    expect(topicName("stellarmap.account.requested.v1")).toBe("account.requested");
    expect(topicName("stellarmap.account.requested.v1.ingest-horizon.replay")).toBe("account.requested replay");
    expect(topicName("elsewhere")).toBe("elsewhere");
  });

  it.each([
    [812, "812 B"],
    [3_500, "3.4 KiB"],
    [1_300_000, "1.2 MiB"],
  ])("tells %d bytes as %s", (bytes, words) => expect(formatBytes(bytes)).toBe(words));

  it("offers exactly those shown that were not replayed yet", () => {
    const [only, ...others] = choicesOf([letter(1), letter(2, { replayed_at: "2026-11-25T01:01:00Z" })], ALL, false);
    expect(others).toEqual([]);
    expect(only).toMatchObject({ words: "1 record shown here and not replayed yet", ask: { ids: [letter(1).id] } });
  });

  it("offers also all of the filter when more are there than shown", () => {
    const choices = choicesOf([letter(1)], { group: "gateway", topic: "stellarmap.live.v1" }, true);
    expect(choices.map(({ kind }) => kind)).toEqual(["shown", "all"]);
    expect(choices[1]!.ask).toEqual({ all: true, group: "gateway", topic: "stellarmap.live.v1" });
    expect(choices[1]!.words).toContain("of gateway from live");
  });

  it("offers nothing when all were replayed", () => {
    expect(choicesOf([letter(1, { replayed_at: "2026-11-25T01:01:00Z" })], ALL, false)).toEqual([]);
  });

  it("says what came of a replay", () => {
    expect(outcomeOf({ replayed: 0, gone: [] })).toBe("None was left to replay.");
    expect(outcomeOf({ replayed: 1, gone: [] })).toBe("Replayed 1 record: the group reads it again.");
    expect(outcomeOf({ replayed: 2, gone: ["x"] })).toBe("Replayed 2 records: the group reads them again. 1 is no longer kept.");
  });
});
