import { describe, expect, it } from "vitest";
import { cardMaker } from "@/tree/cards";
import { describe as inWords, spoken, summaryOf } from "@/tree/describe";
import { everyShown, fold } from "@/tree/fold";
import { HitIndex } from "@/tree/hits";
import { actionOf } from "@/tree/keyboard";
import { aroundLabel, overlap, SMALLEST_PX } from "@/tree/labels";
import { layOut } from "@/tree/layout";
import { type BarMark, type LabelMark, type Mark, MOST_MARKS } from "@/tree/marks";
import { estimate, fitted } from "@/tree/measure";
import { buildModel, moreId } from "@/tree/model";
import { toSvg } from "@/tree/painters/svg";
import { sceneOf } from "@/tree/scene";
import { TOKENS } from "./tokens";
import { childSet, layoutOf, leaves, loadedWith, modelOf, named, page, world } from "./world";

const labelsOf = (marks: readonly Mark[]) => marks.filter((mark): mark is LabelMark => mark.kind === "label");
const hub = modelOf({ total: 100_000, notable: 30, months: 96 });

/** The hub with everything opened that one can open, three times over. */
function wideOpen() {
  const lineage = world({ total: 100_000, notable: 30, months: 96 });
  const sets = lineage.children.notable.map((child, at) => [child.address, childSet({ total: 9_000, notable: 25, word: `W${named("", at).slice(3, 5)}` })] as [string, ReturnType<typeof childSet>]);
  const expanded = new Set<string>();
  for (let round = 0; round < 4; round += 1)
    for (const { id, toggle } of everyShown(fold(buildModel(lineage, loadedWith({ sets }), expanded)))) if (toggle === "expand") expanded.add(id);
  return layoutOf(buildModel(lineage, loadedWith({ sets }), expanded));
}

describe("the scene", () => {
  const wide = wideOpen();

  it.each([0.1, 0.3, 0.6, 1, 3])("of an opened hub of 100,000 at zoom %f is at most 2,000 marks", (zoom) => {
    const { marks } = sceneOf(wide, { zoom });
    expect(marks.length).toBeGreaterThan(wide.placed.size);
    expect(marks.length).toBeLessThanOrEqual(MOST_MARKS);
  });

  it.each([0.1, 0.3, 0.45, 0.6, 0.9, 1, 2])("at zoom %f has no label under 12 px and none over another", (zoom) => {
    const labels = labelsOf(sceneOf(wide, { zoom }).marks);
    expect(labels.length).toBeGreaterThan(0);
    for (const label of labels) expect(label.font.size * zoom).toBeGreaterThanOrEqual(SMALLEST_PX - 0.001);
    const boxes = labels.map(aroundLabel).toSorted((a, b) => a.y - b.y);
    for (const [at, box] of boxes.entries())
      for (let next = at + 1; next < boxes.length && boxes[next]!.y < box.y + box.h; next += 1) expect(overlap(box, boxes[next]!)).toBe(false);
  });

  it("leaves out marks that are smaller than two pixels both ways", () => {
    for (const zoom of [0.1, 0.5, 1])
      for (const mark of sceneOf(wide, { zoom }).marks.filter(({ kind }) => kind === "bar") as BarMark[])
        expect(Math.max(mark.w, mark.h) * zoom).toBeGreaterThanOrEqual(2);
  });

  it("gives way to the path first, then to what is selected", () => {
    const ids = [...wide.placed.keys()];
    const hovered = ids.at(-1)!;
    const titled = (id: string, options: object) => labelsOf(sceneOf(wide, { zoom: 0.12, ...options }).marks).some((label) => label.id === id);
    expect(titled(hovered, { hovered })).toBe(true);
    expect(titled(ids[100]!, { selected: new Set([ids[100]!]) })).toBe(true);
  });

  it("draws only what is on the screen", () => {
    const { marks } = sceneOf(wide, { visible: { x: 0, y: -50, w: 300, h: 100 } });
    expect(marks.length).toBeLessThan(200);
  });

  it("never cuts a count or an address in the middle", () => {
    for (const zoom of [0.2, 0.5, 0.8, 1])
      for (const { text } of labelsOf(sceneOf(wide, { zoom }).marks)) expect(text).toMatch(/^(\+?[\d,]+( .*)?|≥ [\d,]+|G\w+…\w*|\d{4}.*|(loading)?…|\w{3} \d{4})$/);
  });

  it("is warm for ancestry alone and cool for descendants alone", () => {
    const layout = layoutOf(buildModel(world({ total: 500, notable: 3 }), undefined, new Set([moreId("ancestors", 0)])));
    for (const mark of sceneOf(layout).marks) {
      const { kind } = layout.placed.get(mark.id)!.shown;
      const origin = ["ancestor", "focus", "ancestors", "end"].includes(kind);
      expect(mark.ink).not.toBe(origin ? "action" : "ancestry");
    }
  });

  it("draws merged accounts hollow", () => {
    const lineage = world({ total: 2 });
    const [gone, here] = leaves(2);
    const model = buildModel(lineage, loadedWith({ pages: [[`${buildModel(lineage).focus}#2`, [page([{ ...gone!, ended_op: "9" }, here!])]]] }));
    const dots = sceneOf(layoutOf(model)).marks.filter((mark) => mark.kind === "dot");
    expect(dots.map(({ hollow }) => hollow)).toEqual([true, false]);
  });

  it("says `at least` where counting goes on", () => {
    const texts = labelsOf(sceneOf(layoutOf(modelOf({ total: 500, notable: 2, complete: false }))).marks).map(({ text }) => text);
    expect(texts).toContain("at least 500 children");
    expect(texts).toContain("≥ 999");
  });
});

describe("a hit test", () => {
  const layout = wideOpen();
  const index = new HitIndex(layout);

  it("finds the card under every point and nothing beside it", () => {
    for (const { x, y, w, h, shown } of layout.placed.values()) {
      for (const [px, py] of [[x + 1, y + 1], [x + w / 2, y + h / 2], [x + 1, y + h - 1]] as const) expect(index.at(px, py)?.id).toBe(shown.id);
      expect(index.at(x - 3, y + h / 2)).toBeNull();
    }
  });

  it("tells the caret from the card", () => {
    const node = [...layout.placed.values()].find(({ shown }) => shown.kind === "child" && shown.toggle !== null)!;
    expect(index.at(node.x + node.w - 6, node.y + 9)?.part).toBe("caret");
    expect(index.at(node.x + 6, node.y + 9)?.part).toBe("card");
  });

  it("forgives a finger", () => {
    const node = layout.placed.values().next().value!;
    expect(index.at(node.x - 5, node.y + 5, { slack: 8 })?.id).toBe(node.shown.id);
  });
});

describe("keys", () => {
  const layout = layoutOf(hub);
  const focus = hub.focus;
  const [first, second] = hub.nodes.get(focus)!.children;

  it("walk along the tree", () => {
    expect(actionOf("ArrowRight", layout, focus)).toEqual({ do: "go", id: first });
    expect(actionOf("ArrowDown", layout, first!)).toEqual({ do: "go", id: second });
    expect(actionOf("ArrowUp", layout, second!)).toEqual({ do: "go", id: first });
    expect(actionOf("ArrowLeft", layout, first!)).toEqual({ do: "go", id: focus });
    expect(actionOf("ArrowLeft", layout, focus)).toEqual({ do: "go", id: moreId("ancestors", 0) });
    expect(actionOf("ArrowUp", layout, first!)).toBeNull();
  });

  it("open accounts and folds", () => {
    expect(actionOf("Enter", layout, first!)).toEqual({ do: "open", address: hub.nodes.get(first!)!.address });
    expect(actionOf("Enter", layout, moreId(focus, 7))).toEqual({ do: "toggle", id: moreId(focus, 7) });
    expect(actionOf(" ", layout, first!)).toEqual({ do: "toggle", id: first });
    expect(actionOf("ArrowRight", layout, first!)).toEqual({ do: "toggle", id: first });
  });

  it("zoom", () => {
    expect(actionOf("+", layout, focus)).toEqual({ do: "zoom", by: 1.5 });
    expect(actionOf("-", layout, focus)).toMatchObject({ do: "zoom" });
    expect(actionOf("0", layout, focus)).toEqual({ do: "fit" });
    expect(actionOf("x", layout, focus)).toBeNull();
  });
});

describe("in words", () => {
  it("the tree is one sentence", () => {
    expect(summaryOf(hub)).toBe("Lineage of GMEAA…AAAAA: 7 ancestors back to genesis; 100,000 children.");
    expect(summaryOf(buildModel(world({ total: 1, complete: false }, 1, { lineage: "unknown" })))).toContain("1 ancestor known, creator unknown; at least 1 child");
    const cancelled = { lineage: "unknown", creator_unknown_reason: "Cancelled before it was found" } as const;
    expect(summaryOf(buildModel(world({ total: 1 }, 1, cancelled)))).toContain("1 ancestor known, the chain was not read further;");
  });

  it("an account says when, by whom and with how much; a month how many", () => {
    const drawn = [...everyShown(fold(hub))];
    const child = inWords(drawn.find(({ kind }) => kind === "child")!);
    expect(Object.fromEntries(child.rows)).toEqual({ created: "2018-11-05", children: "1,000", "starting balance": "2.5 XLM", creator: "GMEAA…AAAAA" });
    expect(spoken(inWords(drawn.find(({ kind }) => kind === "span")!))).toMatch(/^2018–19, created [\d,]+ accounts, months Nov 2018 – Dec 2019, busiest/);
    expect(inWords(drawn.find(({ kind }) => kind === "more")!).title).toBe("23 more notable accounts");
  });
});

describe("texts", () => {
  it("are shortened with an ellipsis only as far as they must", () => {
    const font = { face: "mono", size: 10, weight: 400 } as const;
    expect(fitted("abcdefgh", 48, font, estimate)).toBe("abcdefgh");
    expect(fitted("abcdefgh", 30, font, estimate)).toBe("abcd…");
    expect(fitted("abcdefgh", 10, font, estimate)).toBe("");
  });

  it("stand on cards in columns of one width", () => {
    const maker = cardMaker(estimate);
    const widths = [...layOut(fold(hub), maker).placed.values()].filter(({ shown }) => shown.kind === "span").map(({ w }) => w);
    expect(new Set(widths).size).toBe(1);
  });
});

describe("the SVG painter", () => {
  it("writes the scene as one file", () => {
    const lineage = world({ total: 65, notable: 2, months: 30 }, 3);
    const loaded = loadedWith({ names: [[named("KID", 0), 'a <b> & "c"']] });
    const svg = toSvg(sceneOf(layoutOf(buildModel(lineage, loaded))), TOKENS, { title: "Lineage" });
    expect(svg).toMatchSnapshot();
    const parsed = new DOMParser().parseFromString(svg, "image/svg+xml");
    expect(parsed.querySelectorAll("text").length).toBeGreaterThan(6);
  });
});
