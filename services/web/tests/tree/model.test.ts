import { describe, expect, it } from "vitest";
import { cut, cutFiner, spanTotal } from "@/tree/months";
import { buildModel, listKey, moreId, nodeNamed, pathTo, type LineageModel, type TreeNode } from "@/tree/model";
import { lifeOf } from "../lives";
import { childSet, leaves, loadedWith, ME, named, page, world } from "./world";

const childrenOf = (model: LineageModel, id: string): TreeNode[] =>
  model.nodes.get(id)!.children.map((child) => model.nodes.get(child)!);
const kinds = (nodes: TreeNode[]) => [...new Set(nodes.map(({ kind }) => kind))];
/** Accounts below an account: children by themselves, the others by months or still to load. */
const accounts = (model: LineageModel, id: string): number =>
  childrenOf(model, id).reduce((sum, node) => sum + (node.kind === "child" || node.kind === "ancestor" || node.kind === "focus" ? 1 : node.count!.value), 0) +
  model.nodes.get(id)!.rest;

describe("the chain", () => {
  it("runs from genesis to the account, nearest ancestor first in `ancestors`", () => {
    const model = buildModel(world({ total: 0 }, 3));
    expect(pathTo(model, model.focus).map((id) => model.nodes.get(id)!.address)).toEqual([named("HOP", 0), named("HOP", 1), named("HOP", 2), ME]);
    expect(model.ancestors.map((id) => model.nodes.get(id)!.address)).toEqual([named("HOP", 2), named("HOP", 1), named("HOP", 0)]);
    expect(model.nodes.get(model.focus)!.level).toBe(4);
  });

  it("begins with what stands at its open end", () => {
    const end = (facts: Parameters<typeof world>[2]) => {
      const model = buildModel(world({ total: 0 }, 2, facts));
      return model.nodes.get(model.root)!;
    };
    expect(end({ lineage: "unknown", creator_unknown_reason: "no history" })).toMatchObject({ kind: "end", end: "unknown", reason: "no history" });
    expect(end({ lineage: "unknown", creator_unknown_reason: "Not asked for yet" })).toMatchObject({ kind: "end", end: "unread" });
    expect(end({ lineage: "pending" })).toMatchObject({ end: "pending", address: null });
    const contract = lifeOf(ME, `C${"A".repeat(55)}`, 9, { kind: "contract_transfer" });
    expect(end({ lineage: "contract", ancestors: [], incarnation: contract })).toMatchObject({ end: "contract", address: contract.creator });
  });

  it("is the account alone while nothing is known", () => {
    const model = buildModel(world({ total: 0 }, 0, { incarnation: null, lineage: "pending" }));
    expect([...model.nodes.values()].map(({ kind }) => kind)).toEqual(["end", "focus"]);
  });

  it("keeps two lives of one address apart, and finds the account itself first", () => {
    const again = lifeOf(ME, null, 1);
    const model = buildModel(world({ total: 0 }, 2, { ancestors: [again] }));
    expect(new Set(model.nodes.keys()).size).toBe(2);
    expect(nodeNamed(model, ME)!.kind).toBe("focus");
    expect(nodeNamed(model, model.root)!.kind).toBe("ancestor");
  });
});

describe("children of a large set", () => {
  const model = buildModel(world({ total: 79_980, notable: 40, months: 88, undated: 3 }));

  it("are those with children, then spans of months, then those without a time", () => {
    const nodes = childrenOf(model, model.focus);
    expect(kinds(nodes)).toEqual(["child", "span", "undated"]);
    expect(nodes.filter(({ kind }) => kind === "child")).toHaveLength(30);
    expect(nodes.filter(({ kind }) => kind === "span").length).toBeLessThanOrEqual(7);
  });

  it("add up to the total", () => expect(accounts(model, model.focus)).toBe(79_980));
  it("say how many more have children of their own", () => expect(model.nodes.get(model.focus)!.unlisted).toBe(10));
  it("want nothing", () => expect(model.wants).toEqual([]));

  it.each([61, 62, 100, 1_000, 123_457])("add up for %i, at every depth of the months", (total) => {
    const lineage = world({ total, notable: 13, months: 40, undated: 2 });
    const expanded = new Set<string>();
    for (let round = 0; round < 3; round += 1)
      for (const node of buildModel(lineage, undefined, expanded).nodes.values()) if (node.kind === "span") expanded.add(node.id);
    const opened = buildModel(lineage, undefined, expanded);
    expect(accounts(opened, opened.focus)).toBe(total);
    for (const node of [...opened.nodes.values()].filter(({ kind, expanded: open }) => kind === "span" && open))
      expect(accounts(opened, node.id)).toBe(node.count!.value);
  });

  it("are at least so many while reading goes on", () => {
    const growing = buildModel(world({ total: 500, complete: false }));
    expect(growing.nodes.get(growing.focus)!.count).toEqual({ value: 500, exact: false });
  });

  it("are unknown while nobody asked", () => {
    const children = { ...childSet({ total: 0 }), asked: false, complete: false };
    const unasked = buildModel(world({ total: 0 }, 1, { children }));
    expect(unasked.nodes.get(unasked.focus)!.count).toBeNull();
  });
});

describe("children of a small set", () => {
  const lineage = world({ total: 10, notable: 2 });
  const focus = buildModel(lineage).focus;
  const key = listKey(focus, 10);
  const lives = [...leaves(8), ...childSet({ total: 10, notable: 2 }).notable.map((child) => lifeOf(child.address, ME, 1, { created_op: child.created_op }))];

  it("are wanted one by one; those with children stand there already", () => {
    const model = buildModel(lineage);
    expect(model.wants).toEqual([{ what: "page", of: focus, key, address: ME, from: null, to: null, cursor: null }]);
    expect(childrenOf(model, focus)).toHaveLength(2);
    expect(accounts(model, focus)).toBe(10);
  });

  it("are all there once they are loaded, most children first", () => {
    const model = buildModel(lineage, loadedWith({ pages: [[key, [page(lives)]]] }));
    expect(model.wants).toEqual([]);
    expect(childrenOf(model, focus).map(({ address }) => address).slice(0, 3)).toEqual([named("KID", 0), named("KID", 1), named("LEAF", 0)]);
    expect(accounts(model, focus)).toBe(10);
  });

  it("stay as they are while they are read again after growth", () => {
    const grown = { ...lineage, children: { ...lineage.children, total: 12 } };
    const model = buildModel(grown, loadedWith({ pages: [[key, [page(lives)]]] }));
    expect(childrenOf(model, focus)).toHaveLength(10);
    expect(model.nodes.get(focus)!.rest).toBe(2);
    expect(model.wants).toMatchObject([{ key: listKey(focus, 12) }]);
  });

  it("are not asked for again when the answer has fewer than were counted", () => {
    const grown = { ...lineage, children: { ...lineage.children, total: 12 } };
    const model = buildModel(grown, loadedWith({ pages: [[listKey(focus, 12), [page(lives)]]] }));
    expect(model.wants).toEqual([]);
  });
});

describe("expanding", () => {
  const lineage = world({ total: 5_000, notable: 3, months: 6 });
  const model = buildModel(lineage);
  const [kid, , , span] = childrenOf(model, model.focus);

  it("a child wants its children at a glance, then shows them", () => {
    const expanded = new Set([kid!.id]);
    expect(buildModel(lineage, undefined, expanded).wants).toEqual([{ what: "set", address: kid!.address }]);
    const loaded = loadedWith({ sets: [[kid!.address!, childSet({ total: 900, notable: 1, word: "SUB" })]] });
    const opened = buildModel(lineage, loaded, expanded);
    expect(accounts(opened, kid!.id)).toBe(900);
    expect(childrenOf(opened, kid!.id)[0]).toMatchObject({ kind: "child", creator: kid!.address });
  });

  it("a month wants its first page, and another only when that is asked for", () => {
    const { first } = span!.span!;
    const wanted = { what: "page", of: span!.id, key: span!.id, address: ME, from: first, to: first };
    expect(buildModel(lineage, undefined, new Set([span!.id])).wants).toEqual([{ ...wanted, cursor: null }]);
    const loaded = loadedWith({ pages: [[span!.id, [page(leaves(500), "next")]]] });
    const opened = buildModel(lineage, loaded, new Set([span!.id]));
    expect(opened.wants).toEqual([]);
    expect(opened.nodes.get(span!.id)).toMatchObject({ setSize: span!.count!.value, rest: span!.count!.value - 500 });
    const more = buildModel(lineage, loaded, new Set([span!.id, moreId(span!.id, 500)]));
    expect(more.wants).toEqual([{ ...wanted, cursor: "next" }]);
  });

  it("a month does not repeat a child that stands apart", () => {
    const apart = lifeOf(kid!.address!, ME, 1, { created_op: lineage.children.notable[0]!.created_op });
    const loaded = loadedWith({ pages: [[span!.id, [page([apart, ...leaves(5)])]]] });
    const opened = buildModel(lineage, loaded, new Set([span!.id]));
    expect(childrenOf(opened, span!.id)).toHaveLength(5);
  });

  it("an ancestor shows the siblings beside the path", () => {
    const creator = model.nodes.get(model.ancestors[0]!)!;
    const loaded = loadedWith({ sets: [[creator.address!, childSet({ total: 400, notable: 2, word: "SIB" })]] });
    const opened = buildModel(lineage, loaded, new Set([creator.id]));
    const [path, sibling] = childrenOf(opened, creator.id);
    expect([path!.kind, sibling!.address]).toEqual(["focus", named("SIB", 0)]);
    expect(accounts(opened, creator.id)).toBe(400);
  });
});

describe("spans", () => {
  const span = { first: "2015-09", last: "2026-11", counts: Array.from({ length: 135 }, (_, at) => at + 1) };

  it("follow the calendar, so that a later month only changes the last", () => {
    const grown = { ...span, last: "2026-12", counts: [...span.counts, 9] };
    expect(cut(grown).slice(0, -1)).toEqual(cut(span).slice(0, -1));
    expect(cut(span).map(({ first }) => first)).toEqual(["2015-09", "2016-01", "2018-01", "2020-01", "2022-01", "2024-01", "2026-01"]);
  });

  it("open into years, then months, losing nobody", () => {
    const [, years] = cut(span);
    const months = cutFiner(years!).flatMap(cutFiner);
    expect(months).toHaveLength(24);
    expect(months.reduce((sum, month) => sum + spanTotal(month), 0)).toBe(spanTotal(years!));
  });

  it("leave out empty ones", () => expect(cut({ first: "2020-01", last: "2020-03", counts: [1, 0, 2] })).toHaveLength(2));
});
