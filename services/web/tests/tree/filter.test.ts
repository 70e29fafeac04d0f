import { describe, expect, it } from "vitest";
import type { KnownFilter } from "@/api/queries";
import type { Children } from "@/api/types";
import { activeOf, amountOf, assetOf, chosenWords, filterOf, filterWords, isEmptyRange } from "@/lineage/filter";
import { rowsOf } from "@/outline/rows";
import { everyShown, fold } from "@/tree/fold";
import { chosenKey } from "@/tree/ids";
import { buildModel, type LineageModel, listKey } from "@/tree/model";
import { childSet, focusOf, layoutOf, leaves, loadedWith, ME, page, world } from "./world";

const FILTER: KnownFilter = { issuers: true, asset: null, min: null, max: "100" };
const lineage = world({ total: 5_983, notable: 30, months: 40 });
const focus = buildModel(lineage).focus;
const key = chosenKey(focus, FILTER, 5_983);

/** A page of matches: what is known of each stands beside it. */
function matches(count: number, { ofKnown = 340, next = null, truncated = false }: { ofKnown?: number; next?: string | null; truncated?: boolean } = {}): Children {
  const lives = leaves(count, "FIT");
  const notable = lives.map(({ address, created_op, created_at, starting_balance_stroops }, at) => ({ ...childSet({ total: 1, notable: 1 }).notable[0]!, address, created_op, created_at, starting_balance_stroops, children: at }));
  return { ...page(lives, next), notable, of_known: ofKnown, known_truncated: truncated };
}

const chosen = (...pages: Children[]): LineageModel => buildModel(lineage, loadedWith(pages.length > 0 ? { pages: [[key, pages as [Children]]] } : {}), new Set(), { filter: FILTER });
const addresses = (model: LineageModel) => model.nodes.get(model.focus)!.children.map((id) => model.nodes.get(id)!.address);

describe("filters in the URL", () => {
  const of = (query: Record<string, string>) => filterOf((name) => query[name] ?? null);

  it("are read as what they mean, and what means nothing is left out", () => {
    expect(of({})).toBeNull();
    expect(of({ min: "abc", asset: "too-long-a-code-for-an-asset" })).toBeNull();
    expect(of({ issuers: "1", max: "1,000.5" })).toEqual({ issuers: true, asset: null, min: null, max: "1000.5" });
    expect([amountOf("0.12345678"), amountOf("-1"), amountOf("7"), amountOf("")]).toEqual([null, null, "7", null]);
    expect([assetOf("USDC"), assetOf("US DC"), assetOf(`USDC:G${"A".repeat(55)}`)]).toEqual(["USDC", null, `USDC-G${"A".repeat(55)}`]);
  });

  it("are told in words", () => {
    const words = (query: Record<string, string>) => filterWords(of(query)!);
    expect(words({ issuers: "1", max: "1,000.5" })).toBe("issue assets, hold at most 1000.5 XLM");
    expect(words({ issuers: "1", asset: `USDC-G${"A".repeat(55)}` })).toBe("issue USDC");
    expect(words({ min: "1", max: "5" })).toBe("hold at least 1 and at most 5 XLM");
  });

  it("are counted, both ends of the balance as one", () => {
    expect([activeOf(null), activeOf(of({ min: "1", max: "2" })), activeOf(of({ min: "1", issuers: "1", asset: "X" }))]).toEqual([0, 1, 3]);
    expect([isEmptyRange("2", "10"), isEmptyRange("10", "9.9999999"), isEmptyRange("10", null)]).toEqual([false, true, false]);
  });
});

describe("chosen children", () => {
  it("are asked for, and nothing else is shown meanwhile", () => {
    const model = chosen();
    expect(model.wants).toEqual([{ what: "page", of: focus, key, address: ME, from: null, to: null, known: FILTER, cursor: null }]);
    expect(focusOf(fold(model)).children.map(({ kind }) => kind)).toEqual(["loading"]);
    expect(model.chosen).toEqual({ matching: { value: 0, exact: false }, ofKnown: null, of: { value: 5_983, exact: true }, cut: 0 });
  });

  it("are those that match and nobody else, and all pages of them are read", () => {
    const model = chosen(matches(12, { next: "more" }));
    expect(addresses(model)).toEqual(matches(12).children.map(({ address }) => address));
    expect(model.wants).toMatchObject([{ key, cursor: "more" }]);
    expect(chosen(matches(12)).wants).toEqual([]);
  });

  it("are an exact number only while nobody was found since they were read", () => {
    const matching = (total: number) => chosen({ ...matches(12), total }).chosen!.matching;
    expect(matching(5_983)).toEqual({ value: 12, exact: true });
    expect(matching(5_900)).toEqual({ value: 12, exact: false });
  });

  it("are not read beyond a thousand, and then counted as at least so many", () => {
    const model = chosen(matches(1_000, { ofKnown: 4_000, next: "more" }));
    expect(model.wants).toEqual([]);
    expect(model.chosen!.matching).toEqual({ value: 1_000, exact: false });
  });

  it.each(["tidy", "radial", "rings"] as const)("are all drawn or counted in a fold, %s", (form) => {
    const children = focusOf(fold(chosen(matches(100)), form)).children;
    const told = children.reduce((sum, { kind, hidden }) => sum + (kind === "child" ? 1 : hidden), 0);
    expect(told).toBe(100);
    expect(layoutOf(chosen(matches(100)), form).placed.size).toBe([...everyShown(fold(chosen(matches(100)), form))].length);
  });

  it("are the whole set of the outline", () => {
    const rows = rowsOf(chosen(matches(12))).filter(({ parent }) => parent === focus);
    expect(rows.map(({ setSize }) => setSize)).toEqual(Array(12).fill(12));
  });

  it("leave the path to the account of the page, whether it matches or not", () => {
    const way = [{ ...leaves(1, "WAY")[0]! }];
    const model = buildModel(lineage, loadedWith({ pages: [[key, [matches(2)]]] }), new Set(), { filter: FILTER, way });
    expect(addresses(model)[0]).toBe(way[0]!.address);
    expect(model.chosen!.matching.value).toBe(2);
  });

  it("do not touch the list of all children", () => {
    const small = world({ total: 3 });
    const all = loadedWith({ pages: [[listKey(focus, 3), [page(leaves(3))]]] });
    expect(buildModel(small, all, new Set()).chosen).toBeNull();
  });
});

describe("the words of a filter", () => {
  const words = (matching: number, known: number, { total = 5_983, exact = true, truncated = false, cut = 0 } = {}) =>
    chosenWords({ matching: { value: matching, exact: true }, ofKnown: { value: known, exact: !truncated }, of: { value: total, exact }, cut });

  it("say of how many it is known, and that the others are not shown", () => {
    expect(words(12, 340)).toEqual({ shown: "12 of 340 known of 5,983 children", open: "Of 5,643 it is not known; they are not shown." });
  });

  it("leave nothing open where it is known of all", () => {
    expect(words(2, 5_983)).toEqual({ shown: "2 of 5,983 known of 5,983 children", open: null });
  });

  it("never make a bound exact", () => {
    expect(words(1, 3, { total: 3, exact: false }).open).toBe("Children that are not read yet are not shown.");
    expect(words(12, 340, { truncated: true })).toEqual({ shown: "12 of at least 340 known of 5,983 children", open: "Of the others it is not known; they are not shown." });
  });

  it("name the issuers that may be missing, as not all that they issue was read", () => {
    const left = (cut: number) => words(12, 340, { truncated: true, cut }).open;
    expect(left(3)).toBe("Of the others it is not known; they are not shown. 3 issuers are left out: not all of their assets were read, and they may issue this one.");
    expect(left(1)).toMatch(/1 issuer is left out: not all of its assets were read, and it may issue this one\.$/);
    const model = chosen({ ...matches(12, { truncated: true }), issuers_cut: 2 });
    expect(model.chosen!.cut).toBe(2);
  });
});
