import { describe, expect, it } from "vitest";
import { costOf, horizonCallsPerHour } from "@/lineage/cost";
import { lineageOf } from "./lives";

const children = (facts: Partial<ReturnType<typeof lineageOf>["children"]>) => ({ ...lineageOf().children, ...facts });

describe("an expansion costs at least", () => {
  it("a call for each page not read yet and for each child expanded", () => {
    const cost = costOf({ pages: 60, budget: 200, depth: 3 }, children({ pages_read: 10 }), 2_500);
    expect(cost.calls).toBe(250);
    expect(cost.minutes).toBeCloseTo(6);
  });

  it("nothing for pages when all children are known", () =>
    expect(costOf({ pages: 60, budget: 0, depth: 3 }, children({ complete: true }), null)).toEqual({
      calls: 0,
      minutes: null,
    }));

  it.each([1, 3])("no more than one call a child where all are known, in %i generations", (depth) =>
    expect(costOf({ pages: 1, budget: 200, depth }, children({ complete: true, total: 7 }), null).calls).toBe(7));

  it("nothing for children when no generation is asked for", () =>
    expect(costOf({ pages: 1, budget: 200, depth: 0 }, children({ pages_read: 1 }), null).calls).toBe(0));
});

describe("the limit of a network's Horizon", () => {
  const source = { source: "horizon", network: "public", base_url: "", calls_minute: 0, calls_hour: 0, calls_day: 0 };
  const silent = { ...source, limit_per_hour: null, burst: null, rate_per_s: null, delay_s: null };
  const told = { last_call_at: null, last_429_at: null };
  const usage = (facts: object) => ({ as_of: "2026-11-24T12:00:00Z", sources: [{ ...silent, ...told, ...facts }] });

  it("is a number, none, or not known", () => {
    expect(horizonCallsPerHour(usage({ limit_per_hour: 2_556, rate_per_s: 0.7 }), "public")).toBe(2_556);
    expect(horizonCallsPerHour(usage({ rate_per_s: 900 }), "public")).toBeNull();
    expect(horizonCallsPerHour(usage({}), "public")).toBeUndefined();
    expect(horizonCallsPerHour(usage({}), "testnet")).toBeUndefined();
  });
});
