import { describe, expect, it } from "vitest";
import { costOf } from "@/lineage/cost";
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

  it("no more than one call a child in one generation", () =>
    expect(costOf({ pages: 1, budget: 200, depth: 1 }, children({ complete: true, total: 7 }), null).calls).toBe(7));

  it("nothing for children when no generation is asked for", () =>
    expect(costOf({ pages: 1, budget: 200, depth: 0 }, children({ pages_read: 1 }), null).calls).toBe(0));
});
