import { describe, expect, it } from "vitest";
import type { StandingChange } from "@/api/types";
import { shortXlm } from "@/formats/amounts";
import { formatPercent } from "@/formats/percents";
import { badgeOf, growthOf } from "@/standings/badge";
import { coverageWords, ranksOf, rankWords, storageWords } from "@/standings/words";
import { rowOf } from "./rows";

describe("percents", () => {
  it.each([
    [0, "0 %"],
    [12.5, "+12.5 %"],
    [-3.21, "−3.2 %"],
    [0.04, "+0.0 %"],
    [-0.0001, "−0.0 %"],
    [99.96, "+100.0 %"],
    [999.94, "+999.9 %"],
    [1_000, "×11"],
    [38_692.7, "×387.9"],
    [2e9, "×20M"],
  ])("%d is %s", (percent, text) => {
    expect(formatPercent(percent)).toBe(text);
  });
});

it.each([
  [10_000, "10 K"],
  [750_000, "750 K"],
  [1_000_000, "1 M"],
  [500, "500"],
])("a threshold of %d XLM is %s", (xlm, text) => {
  expect(shortXlm(xlm)).toBe(text);
});

describe("a badge", () => {
  it("counts places won and lost, and says from where", () => {
    expect(badgeOf(rowOf(3, { rank_before: 5, rank_change: 2 }), "24h")).toEqual({ kind: "up", text: "2", words: "Up 2 places from rank 5 24 hours ago" });
    expect(badgeOf(rowOf(1_300, { rank_before: 300, rank_change: -1_000 }), "7d")).toMatchObject({ kind: "down", text: "1,000" });
    expect(badgeOf(rowOf(2, { rank_before: 1, rank_change: -1 }), "7d").words).toBe("Down 1 place from rank 1 7 days ago");
  });

  it("tells an account that stays from one of which nothing is known", () => {
    expect(badgeOf(rowOf(3), "24h")).toEqual({ kind: "same", text: "", words: "Rank 3, as 24 hours ago" });
    const unknown = badgeOf(rowOf(3, { rank_before: null, rank_change: null }), "30d");
    expect(unknown.kind).toBe("unknown");
    expect(unknown.words).toContain("not among the first 1,000 ranks 30 days ago");
  });

  it("is new where it stood below, with its rank there; a discovered one is not new", () => {
    const fresh = { new: true, rank_before: 1_204, rank_change: 1_197 };
    expect(badgeOf(rowOf(7, fresh), "24h")).toEqual({
      kind: "new",
      text: "new",
      words: "New: it stood below this threshold 24 hours ago, at rank 1,204",
    });
    const found = badgeOf(rowOf(7, { discovered: true, rank_before: null, rank_change: null }), "24h");
    expect(found.kind).toBe("unknown");
    expect(found.words).toContain("learned of this account after that");
  });
});

describe("the growth of a balance", () => {
  it("says both balances exactly", () => {
    const row = rowOf(1, { balance_stroops: "11250000001", balance_before_stroops: "10000000000", balance_change_pct: 12.5 });
    expect(growthOf(row, "24h")).toEqual({ kind: "up", text: "+12.5 %", words: "From 1,000 XLM 24 hours ago to 1,125.0000001 XLM" });
  });

  it("is unknown, never 0, where no balance is told", () => {
    const row = rowOf(1, { balance_before_stroops: null, balance_change_pct: null });
    expect(growthOf(row, "7d")).toEqual({ kind: "unknown", text: "", words: "Its balance 7 days ago is not known." });
  });
});

describe("coverage", () => {
  it("of a scan names its ledger; of mapped accounts it says what may be missing", () => {
    expect(coverageWords({ of: "network", ledger: 61_234_567, accounts: 20_000, rebuilding: false }, 10_000)).toEqual({
      of: "Ranked among all accounts of the network as of ledger 61,234,567",
      why: "20,000 accounts hold 10 K XLM or more.",
    });
    const mapped = coverageWords({ of: "mapped", ledger: null, accounts: 1, rebuilding: false }, 10_000);
    expect(mapped.of).toBe("Ranked among 1 mapped account with 10 K XLM or more");
    expect(mapped.why).toContain("may be missing");
  });
});

describe("a change", () => {
  it.each([
    [214, 204, "#214 → #204"],
    [7, 7, "#7"],
    [null, 1_204, "at #1,204"],
    [9, null, "was #9"],
    [null, null, ""],
  ])("from rank %s to %s is %s", (before, after, text) => {
    expect(ranksOf({ old_rank: before, new_rank: after } as StandingChange)).toBe(text);
  });

  it("below the board's end is told as about", () => {
    expect(rankWords({ rank: 7, about: false })).toBe("#7");
    expect(rankWords({ rank: 12_300, about: true })).toBe("about #12,300");
  });
});

describe("storage", () => {
  const figures = [10_000, 100_000].map((threshold_xlm) => ({ threshold_xlm, accounts: 7, total_stroops: "0" }));
  const storage = {
    hours: 24,
    rows: 9_600,
    change_rows: 9_000,
    closing_rows: 100,
    balance_rows: 500,
    snapshot_rows: 48_000,
    standing_snapshot_rows: 336,
    ratio: 5,
  };

  it("stands beside what snapshots would have taken", () => {
    expect(storageWords({ board_size: 1_000, figures, storage })).toBe(
      "Every change, balance and closing in the last 24 hours took 9,600 rows of the store. " +
        "Hourly snapshots of 2 × 1,000 ranks would have taken 48,000: 5 times that.",
    );
    expect(storageWords({ board_size: 1_000, figures, storage: { ...storage, hours: 1, ratio: 0.123 } })).toContain("in this hour");
    expect(storageWords({ board_size: 1_000, figures, storage: { ...storage, ratio: 0.123 } })).toContain(": 0.12 times that");
  });

  it("is not told before anything was written", () => {
    expect(storageWords({ board_size: 1_000, figures, storage: null })).toBe("");
    expect(storageWords({ board_size: 1_000, figures, storage: { ...storage, rows: 0, ratio: null } })).toBe("");
  });
});
