import { describe, expect, it } from "vitest";
import type { NotableChild } from "@/api/types";
import { rowsOf } from "@/outline/rows";
import { wordsOf } from "@/outline/words";
import { chosenKey } from "@/tree/ids";
import { type DotMark, MOST_MARKS, type RingMark } from "@/tree/marks";
import { buildModel, type LineageModel, listKey } from "@/tree/model";
import { toSvg } from "@/tree/painters/svg";
import { sceneOf } from "@/tree/scene";
import { NO_DISCS } from "@/tree/spotScene";
import { TOKENS } from "./tokens";
import { layoutOf, leaves, loadedWith, page, world } from "./world";

/** The first two of three that stand out: one with a disc of children, one with a few; both were merged away. */
function lineageOf(total: number) {
  const lineage = world({ total, notable: 3 });
  const [disc, few, alive] = lineage.children.notable as [NotableChild, NotableChild, NotableChild];
  const notable = [{ ...disc, ended_op: "7" }, { ...few, children: 2, ended_op: "8" }, { ...alive, ended_op: null }];
  return { ...lineage, children: { ...lineage.children, notable } };
}

const hub = lineageOf(5_000);
const model = buildModel(hub);
const [disc, few, alive] = model.nodes.get(model.focus)!.children as [string, string, string];

function signOf(of: LineageModel, form: "rings" | "tidy" | "radial", id: string): "hollow" | "dashed" | "whole" {
  const marks = sceneOf(layoutOf(of, form)).marks.filter((mark): mark is DotMark | RingMark => mark.id === id && (mark.kind === "dot" || mark.kind === "ring"));
  if (marks.some((mark) => mark.kind === "ring" && mark.dashed)) return "dashed";
  return marks.some((mark) => mark.kind === "dot" && mark.hollow) ? "hollow" : "whole";
}

describe("an account that was merged away", () => {
  it.each(["tidy", "radial", "rings"] as const)("is hollow though it is only told of at a glance: %s", (form) => {
    expect([few, alive].map((id) => signOf(model, form, id))).toEqual(["hollow", "whole"]);
  });

  it("is hollow where it is a card or a dot, and has a dashed rim where it is a disc", () => {
    expect((["tidy", "radial", "rings"] as const).map((form) => signOf(model, form, disc))).toEqual(["hollow", "hollow", "dashed"]);
    const svg = toSvg(sceneOf(layoutOf(model, "rings")), TOKENS, { title: "Rings" });
    expect(svg.match(/<circle[^>]*stroke-dasharray="4 3"/g)).toHaveLength(1);
  });

  it.each([[40, 1, 3], [40, 0.4, 0], [100_000, 1, 0], [100_000, 8, 3]])("is hollow as one of %i dots at zoom %f, where dots are large enough: %i", (total, zoom, holes) => {
    const layout = layoutOf(buildModel(world({ total, notable: 3 })), "rings");
    const { marks } = sceneOf(layout, { zoom, discs: { ...NO_DISCS, ended: [0, 5, 12, total + 1] } });
    const ground = marks.filter((mark) => mark.kind === "dot" && mark.ink === "bg" && mark.r < 3);
    expect(ground).toHaveLength(holes);
    expect(marks.length).toBeLessThanOrEqual(MOST_MARKS);
  });

  it("is so in the outline, in words too", () => {
    const rows = rowsOf(model);
    const spoken = (id: string) => wordsOf(rows.find((row) => row.id === id)!).spoken;
    expect(spoken(few)).toContain("merged away");
    expect(spoken(alive)).not.toContain("merged away");
  });

  it("is so among the matches of a filter", () => {
    const filter = { issuers: true, asset: null, min: null, max: null };
    const fits = { ...page(leaves(3)), notable: hub.children.notable, of_known: 3 };
    const chosen = buildModel(hub, loadedWith({ pages: [[chosenKey(model.focus, filter, 5_000), [fits]]] }), new Set(), { filter });
    expect([disc, few, alive].map((id) => signOf(chosen, "tidy", id))).toEqual(["hollow", "hollow", "whole"]);
  });

  it("is so in a list whose rows say nothing of it", () => {
    const small = lineageOf(3);
    const lives = small.children.notable.map(({ address, created_op }, at) => ({ ...leaves(3)[at]!, address, created_op }));
    const listed = buildModel(small, loadedWith({ pages: [[listKey(model.focus, 3), [page(lives)]]] }));
    expect([disc, few, alive].map((id) => signOf(listed, "tidy", id))).toEqual(["hollow", "hollow", "whole"]);
  });
});
