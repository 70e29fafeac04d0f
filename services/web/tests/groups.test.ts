import { describe, expect, it } from "vitest";
import type { NotableChild } from "@/api/types";
import { isChosen, tagGroups, timeGroups } from "@/lineage/groups";
import { sortedWords, unsortable } from "@/lineage/sorting";

const histogram = { first: "2016-11", counts: [3, 0, 5, 0, 2], undated: 1 };

function notable(address: string, tags: string[]): NotableChild {
  const face = { balance_stroops: null, is_hva: false, name: null, home_domain: null, tags, is_issuer: null, issues: [] };
  return { address, created_op: "1", created_at: null, starting_balance_stroops: null, ended_op: null, merged_into: null, children: 0, children_complete: false, face };
}

describe("groups of children", () => {
  it("are the years or months that have any, each with its first and last month", () => {
    expect(timeGroups(histogram, "years")).toEqual([
      { name: "2016", first: "2016-11", last: "2016-12", count: 3 },
      { name: "2017", first: "2017-01", last: "2017-03", count: 7 },
    ]);
    expect(timeGroups(histogram, "months").map(({ name, count }) => [name, count])).toEqual([["Nov 2016", 3], ["Jan 2017", 5], ["Mar 2017", 2]]);
    expect(timeGroups({ first: null, counts: [], undated: 4 }, "years")).toEqual([]);
  });

  it("of years add up to all that have a date", () => {
    const sum = timeGroups(histogram, "years").reduce((all, { count }) => all + count, 0);
    expect(sum).toBe(10);
  });

  it("are chosen by both ends", () => {
    const [year] = timeGroups(histogram, "years");
    expect(isChosen(year!, "2016-11", "2016-12")).toBe(true);
    expect(isChosen(year!, "2016-11", null)).toBe(false);
  });

  it("of tags name whom they mark, the commonest first, each child once", () => {
    const children = [notable("GA", ["exchange", "exchange"]), notable("GB", ["anchor", "exchange"]), { ...notable("GC", []), face: null }];
    expect(tagGroups(children).map(({ tag, children: marked }) => [tag, marked.map(({ address }) => address)])).toEqual([
      ["exchange", ["GA", "GB"]],
      ["anchor", ["GB"]],
    ]);
  });
});

describe("a sorted list", () => {
  it("says of how many it is known what it is sorted by", () => {
    expect(sortedWords({ known: 63, atLeast: false }, 5_983)).toBe("Sorted: 63 known of 5,983 children");
    expect(sortedWords({ known: 1_000, atLeast: true }, 79_980)).toBe("Sorted: at least 1,000 known of 79,980 children");
    expect(sortedWords({ known: 4, atLeast: false }, 4)).toBe("All 4 children, sorted");
  });

  it("says why it is empty", () => {
    expect(unsortable("balance")).toContain("balance is known");
  });
});
