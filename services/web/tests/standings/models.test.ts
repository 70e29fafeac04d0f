import { describe, expect, it } from "vitest";
import { asCards, COLUMNS, OPTIONAL, shownColumns, template } from "@/standings/columns";
import { changesBetween, listsBetween, sameQuestion } from "@/standings/held";
import { rowAfter } from "@/standings/keyboard";
import { lineOf, lineWords } from "@/standings/line";
import { addressOf, boardOf, rowOf } from "./rows";

describe("a rank line", () => {
  it("has rank 1 on top, runs from side to side, and ends at the last rank", () => {
    const { paths, end } = lineOf([30, 20, 10], 100, 20);
    expect(paths).toEqual(["M0 20L50 10L100 0"]);
    expect(end).toEqual({ x: 100, y: 0 });
  });

  it("leaves a gap where no rank is known, and a dot where one stands alone", () => {
    const { paths } = lineOf([1, 1, null, 5, null, 9, 9], 60, 20);
    expect(paths).toHaveLength(3);
    expect(paths[0]).toMatch(/^M0 .+L10 /);
    expect(paths[1]).toMatch(/^M30 [\d.]+h0\.01$/);
  });

  it("draws one place among thousands as a small step", () => {
    const [path] = lineOf([4_000, 4_001], 100, 20).paths;
    const [from, to] = path!.match(/[\d.]+/g)!.filter((_, at) => at % 2 === 1).map(Number);
    expect(Math.abs(to! - from!)).toBeLessThan(0.5);
  });

  it("is nothing where no rank is known, and flat where it never changed", () => {
    expect(lineOf([null, null], 100, 20)).toEqual({ paths: [], end: null });
    expect(lineOf([4, 4], 100, 20).paths).toEqual(["M0 10L100 10"]);
  });

  it("is told in words", () => {
    expect(lineWords([12, null, 14, 7, 9])).toBe("Rank over 5 days: from 12 to 9, best 7, worst 14");
    expect(lineWords([3, 3])).toBe("Rank over 2 days: 3 throughout");
    expect(lineWords([null, 1_204])).toBe("Rank 1,204; earlier ranks are not known");
    expect(lineWords([null])).toBe("No rank on these days");
  });
});

describe("columns", () => {
  it("are all shown where there is room, and those that say least give way first", () => {
    expect(shownColumns([], 1_400)).toEqual([...COLUMNS]);
    const narrow = shownColumns([], 1_000);
    expect(narrow).not.toContain("updated");
    expect(narrow).toEqual(expect.arrayContaining(["rank", "badge", "account", "balance"]));
    for (let width = 700; width < 1_400; width += 50) expect(shownColumns([], width).length).toBeLessThanOrEqual(shownColumns([], width + 50).length);
  });

  it("are put away one by one, but for those without which a row says nothing", () => {
    expect(shownColumns(["tags", "line"], 1_400)).toEqual(COLUMNS.filter((column) => column !== "tags" && column !== "line"));
    expect(shownColumns([...COLUMNS], 1_400)).toEqual(COLUMNS.filter((column) => !OPTIONAL.includes(column)));
  });

  it("are a card's lines on a phone", () => {
    expect(asCards(358)).toBe(true);
    expect(shownColumns(["tags"], 358)).not.toContain("tags");
    expect(shownColumns([], 358)).not.toContain("creator");
    expect(shownColumns([], 358)).toContain("line");
  });

  it("give every row the same grid", () => {
    expect(template(["rank", "account"])).toMatch(/^\d+px minmax\(\d+px, \d+fr\)$/);
  });
});

describe("the board that is held", () => {
  it("counts who moved, who came and who left since", () => {
    const before = [rowOf(1), rowOf(2), rowOf(3)];
    const after = [rowOf(1), rowOf(2, { address: addressOf(9) }), rowOf(3, { address: addressOf(2) })];
    expect(changesBetween(before, after)).toEqual({ moved: new Set([addressOf(9), addressOf(2)]), left: 1 });
    expect(changesBetween(before, before)).toEqual({ moved: new Set(), left: 0 });
    expect(changesBetween(before, [rowOf(1, { balance_stroops: "1" }), rowOf(2), rowOf(3)]).moved.size).toBe(1);
  });

  it("is compared with an answer to the same question alone", () => {
    const board = boardOf([]);
    expect(sameQuestion(board, boardOf([rowOf(1)]))).toBe(true);
    expect(sameQuestion(board, boardOf([], { period: "7d" }))).toBe(false);
    expect(sameQuestion(board, boardOf([], { threshold_xlm: 10_000 }))).toBe(false);
    expect(sameQuestion(board, boardOf([], { network_key: "sandbox-2" }))).toBe(false);
  });
});

it("movers that are held are others once a list names others, or in another order", () => {
  const lists = { compared: 2, climbers: [], fallers: [], gainers: [], losers: [], entered: [], exited: [] };
  const movers = { ...boardOf([]), ...lists, climbers: [rowOf(1), rowOf(2)] };
  expect(listsBetween(movers, { ...movers, climbers: [rowOf(1, { balance_stroops: "5" }), rowOf(2)] })).toBe(0);
  expect(listsBetween(movers, { ...movers, climbers: [rowOf(2), rowOf(1)], entered: [rowOf(3)] })).toBe(2);
});

it.each([
  ["ArrowDown", 4, 5],
  ["ArrowUp", 0, 0],
  ["PageDown", 95, 99],
  ["Home", 50, 0],
  ["End", 0, 99],
  ["Enter", 3, null],
])("%s leads from row %d to %s", (key, at, row) => {
  expect(rowAfter(key, at, 100)).toBe(row);
});
