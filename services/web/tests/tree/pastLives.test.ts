import { describe, expect, it } from "vitest";
import type { Life, Lineage } from "@/api/types";
import { earlierLives } from "@/lineage/lives";
import { rowsOf } from "@/outline/rows";
import { wordsOf } from "@/outline/words";
import { describe as inWords, spoken, summaryOf } from "@/tree/describe";
import { FORMS } from "@/tree/forms";
import { hitsOf } from "@/tree/hits";
import { lifeId, LIVES, makerId, moreId } from "@/tree/ids";
import { actionOf, type KeyAction } from "@/tree/keyboard";
import { overlap } from "@/tree/labels";
import { type Layout, middleOf } from "@/tree/layout";
import { signsIn } from "@/tree/legend";
import type { DotMark, EdgeMark, LabelMark, LinkMark } from "@/tree/marks";
import { buildModel, nodeNamed } from "@/tree/model";
import { toSvg } from "@/tree/painters/svg";
import { sceneOf } from "@/tree/scene";
import { lifeOf, operation } from "../lives";
import { TOKENS } from "./tokens";
import { layoutOf, ME, named, world } from "./world";

/** An account of 400 children in its last of so many lives. */
function reborn(lives: number, total = 400): Lineage {
  const lineage = world({ total, notable: 9 });
  const earlier = Array.from({ length: lives - 1 }, (_, at): Life => lifeOf(ME, named("MAKER", at), 100 + at, { created_op: operation(100 + at), ended_op: operation(200 + at), ended_at: "2019-01-07T00:00:00Z", merged_into: named("HEIR", at) }));
  return { ...lineage, incarnations: [...earlier, lineage.incarnation!] };
}

const lineage = reborn(3);
const [first, second, present] = lineage.incarnations as [Life, Life, Life];
const model = buildModel(lineage);
const [latest, earliest] = model.lives as [string, string];
/** What a node stands over. */
const under = ({ placed }: Layout, id: string) => [...placed].filter(([other, box]) => other !== id && overlap(placed.get(id)!, box)).map(([other]) => other);
const goneTo = (action: KeyAction | null) => (action?.do === "go" ? action.id : null);

describe("the lives of an account", () => {
  it("before the one that is followed are told by their place; who was made once has none", () => {
    expect(earlierLives(lineage).map(({ life, place }) => [life.created_op, place])).toEqual([[first.created_op, { at: 1, of: 3 }], [second.created_op, { at: 2, of: 3 }]]);
    expect(earlierLives({ incarnation: present, incarnations: [present] })).toEqual([]);
    expect(earlierLives({ incarnation: null, incarnations: [] })).toEqual([]);
  });

  it("of an ancestor's tree are not mistaken: what comes after the followed life is not earlier", () => {
    expect(earlierLives({ ...lineage, incarnation: second }).map(({ life }) => life)).toEqual([first]);
  });
});

describe("earlier lives in the model", () => {
  it("are hollow, the latest first, each with who created it", () => {
    expect(model.lives).toEqual([lifeId(second), lifeId(first)]);
    expect(model.nodes.get(earliest)).toMatchObject({ kind: "life", merged: true, parent: model.focus, children: [makerId(earliest)], lived: { at: 1, of: 3, mergedInto: named("HEIR", 0) } });
    expect(model.nodes.get(makerId(earliest))).toMatchObject({ kind: "maker", address: named("MAKER", 0) });
    expect(model.nodes.get(model.focus)!.lived).toMatchObject({ at: 3, of: 3 });
  });

  it("are no children of it, and change nothing of these", () => {
    const plain = buildModel(world({ total: 400, notable: 9 }));
    expect(model.nodes.get(model.focus)!.children).toEqual(plain.nodes.get(plain.focus)!.children);
    expect(model.nodes.get(model.focus)!.setSize).toBe(plain.nodes.get(plain.focus)!.setSize);
    expect([plain.lives, plain.nodes.get(plain.focus)!.lived]).toEqual([[], null]);
  });

  it("do not take the name of the account: its address means the present one", () => {
    expect(nodeNamed(model, ME)!.id).toBe(model.focus);
    expect(nodeNamed(model, earliest)!.id).toBe(earliest);
  });

  it("without a known creator have none, and say so", () => {
    const unknown = buildModel({ ...lineage, incarnations: [{ ...first, creator: null }, present] });
    const row = rowsOf(unknown).find(({ id }) => id === lifeId(first))!;
    expect(row.node!.children).toEqual([]);
    expect(wordsOf(row).spoken).toContain("creator unknown");
  });
});

describe.each(FORMS)("in the form %s earlier lives", (form) => {
  const layout = layoutOf(model, form);
  const at = (id: string, of: Layout = layout) => middleOf(of.placed.get(id)!);

  it("stand before the account, above its chain, over nothing else", () => {
    const before = [latest, earliest].flatMap((id) => [id, makerId(id)]);
    for (const id of before) {
      expect(at(id).x).toBeLessThan(at(model.focus).x);
      expect(under(layout, id)).toEqual([]);
    }
    expect(at(makerId(latest)).x).toBeLessThan(at(latest).x);
    expect(at(earliest).y).toBeLessThan(at(latest).y);
  });

  it("are hollow dots, in dashes to the account and in a line from their creators", () => {
    const { marks } = sceneOf(layout);
    const dots = marks.filter((mark): mark is DotMark => mark.kind === "dot" && model.lives.includes(mark.id));
    expect(dots.map(({ hollow, ink }) => [hollow, ink])).toEqual([[true, "ancestry"], [true, "ancestry"]]);
    const lines = marks.filter((mark): mark is EdgeMark | LinkMark => (mark.kind === "edge" || mark.kind === "link") && [latest, makerId(latest)].includes(mark.id));
    expect(Object.fromEntries(lines.map(({ id, dashed }) => [id, dashed === true]))).toEqual({ [latest]: true, [makerId(latest)]: false });
    for (const { x0, x1 } of lines) expect(x0).toBeLessThan(x1);
  });

  it("are named and found under the pointer", () => {
    const texts = sceneOf(layout).marks.filter((mark): mark is LabelMark => mark.kind === "label" && mark.id === earliest).map(({ text }) => text);
    expect(texts).toEqual(form === "tidy" ? ["life 1 of 3", "2018-11-05 – 2019-01-07"] : ["life 1 of 3"]);
    expect(hitsOf(layout).at(at(earliest).x, at(earliest).y)?.id).toBe(earliest);
  });

  it("are reached from the account upwards, their creators to the left, and lead back", () => {
    const steps = (from: string, ...keys: string[]) => keys.map((key) => (from = goneTo(actionOf(key, layout, from))!));
    expect(steps(model.focus, "ArrowUp", "ArrowUp", "ArrowLeft", "ArrowDown", "ArrowRight", "ArrowDown")).toEqual([latest, earliest, makerId(earliest), makerId(latest), latest, model.focus]);
    expect(actionOf("ArrowRight", layout, latest)).toEqual({ do: "go", id: model.focus });
    expect(actionOf("Enter", layout, makerId(latest))).toEqual({ do: "open", address: named("MAKER", 1) });
  });

  it("have a way of their own: the chain of the present life is not theirs", () => {
    const { marks } = sceneOf(layout, { hovered: latest });
    const strong = marks.filter((mark) => (mark.kind === "edge" || mark.kind === "link") && mark.alpha === 1 && model.lives.concat(makerId(latest)).includes(mark.id));
    expect(strong.map(({ id }) => id).toSorted()).toEqual([latest, makerId(latest)].toSorted());
    const widest = (id: string, hovered: string | null) => {
      const edge = sceneOf(layout, { hovered }).marks.find((mark): mark is EdgeMark | LinkMark => (mark.kind === "edge" || mark.kind === "link") && mark.id === id)!;
      return edge.kind === "edge" ? edge.w0 : edge.w;
    };
    expect(widest(model.focus, latest)).toBe(widest(model.focus, null));
  });

  it("fold where they are many, and open", () => {
    const many = reborn(9);
    const fold = moreId(LIVES, 3);
    const layoutWith = (expanded: string[]) => layoutOf(buildModel(many, undefined, new Set(expanded)), form);
    const shown = (of: Layout) => [...of.placed.values()].filter(({ shown: { kind } }) => kind === "life").length;
    expect(layoutWith([]).placed.get(fold)!.shown).toMatchObject({ hidden: 5, toggle: "expand" });
    expect([shown(layoutWith([])), shown(layoutWith([fold]))]).toEqual([3, 8]);
  });

  it("come into a file, with their sign in the legend", () => {
    const svg = toSvg(sceneOf(layout), TOKENS, { title: form });
    expect(svg).toContain(">life 1 of 3</text>");
    expect(svg.match(/<path[^>]*stroke-dasharray="4 3"/g)).toHaveLength(2);
    expect(signsIn(model)).toEqual([{ sign: "life", text: "earlier life", count: null }]);
  });
});

describe("with siblings open, and large trees around", () => {
  it.each(["tidy", "radial"] as const)("earlier lives stand over nothing: %s", (form) => {
    const wide = reborn(3, 40);
    const key = `${model.focus}^7/12`;
    const level = (creator: number) => ({ creator: named("HOP", creator), total: 90, complete: true, siblings: [0, 1, 2, 3].map((at) => lifeOf(named(`S${creator}`.replace(/\d/, (digit) => "ABCDEFGH"[Number(digit)]!), at), named("HOP", creator), 900 + at)) });
    const siblings = new Map([[key, [6, 5, 4].map(level)]]) as never;
    const opened = buildModel(wide, { sets: new Map(), pages: new Map(), siblings }, new Set(), { siblings: true });
    expect([...opened.nodes.values()].filter(({ kind }) => kind === "child").length).toBeGreaterThan(12);
    const layout = layoutOf(opened, form);
    for (const id of opened.lives.flatMap((life) => [life, makerId(life)]))
      expect(under(layout, id)).toEqual([]);
  });
});

describe("earlier lives in words", () => {
  it("are rows of the outline before the children, in one set with them", () => {
    const rows = rowsOf(model).filter(({ parent }) => parent === model.focus);
    expect(rows.slice(0, 2).map(({ id }) => id)).toEqual([latest, earliest]);
    expect(rows.map(({ position }) => position)).toEqual(rows.map((_, at) => at + 1));
    expect(new Set(rows.map(({ setSize }) => setSize))).toEqual(new Set([2 + model.nodes.get(model.focus)!.setSize]));
    expect(wordsOf(rows[1]!).spoken).toBe("Earlier life, 1 of 3: 2018-11-05 – 2019-01-07, created by GMAKE…AAAAA, starting balance 1 XLM, merged away into GHEIR…AAAAA");
    const maker = rowsOf(model).find(({ id }) => id === makerId(earliest))!;
    expect(wordsOf(maker).spoken).toBe("GMAKE…AAAAA, created life 1");
  });

  it("are told of the whole tree, of the account and of each", () => {
    expect(summaryOf(model)).toBe("Lineage of GMEAA…AAAAA: 7 ancestors back to genesis; 400 children; 2 earlier lives.");
    const { placed } = layoutOf(model);
    expect(spoken(inWords(placed.get(model.focus)!.shown))).toContain("life 3 of 3");
    expect(spoken(inWords(placed.get(earliest)!.shown))).toContain("life 1 of 3, created 2018-11-05, creator GMAKE…AAAAA, starting balance 1 XLM, merged away 2019-01-07, merged into GHEIR…AAAAA");
    expect(placed.get(model.focus)!.card.details).toEqual(["400 children · life 3 of 3"]);
  });
});
