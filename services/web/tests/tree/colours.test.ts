import { describe, expect, it } from "vitest";
import type { ChildFace, ChildSet, NotableChild } from "@/api/types";
import { dotAt } from "@/tree/discDots";
import { COLOURINGS, type TreeForm } from "@/tree/forms";
import { type Facts, legendOf, signsIn } from "@/tree/legend";
import type { DotMark, Mark, RingMark } from "@/tree/marks";
import { buildModel } from "@/tree/model";
import { toSvg } from "@/tree/painters/svg";
import { balanceClass } from "@/tree/rings/balances";
import { AGE_STEPS, paletteOf, tintsOf } from "@/tree/rings/colours";
import { type ChildrenDots, dotsOf, minuteOf } from "@/tree/rings/dots";
import { knownDots, placesOf } from "@/tree/rings/places";
import { sceneOf } from "@/tree/scene";
import { type DiscFacts, NO_DISCS } from "@/tree/spotScene";
import { TAG_CLASSES, tagClass } from "@/tree/tags";
import { TOKENS } from "./tokens";
import { layoutOf, world } from "./world";

const SCALE = { from: minuteOf("2018-11"), to: minuteOf("2026-11") };

function face(facts: Partial<ChildFace>): ChildFace {
  return { balance_stroops: null, is_hva: false, name: null, home_domain: null, tags: [], is_issuer: null, issues: [], ...facts };
}

/** The set with the faces of its first notable children known. */
function faced(set: ChildSet, faces: readonly (ChildFace | null)[]): ChildSet {
  return { ...set, notable: set.notable.map((child, at) => Object.assign({}, child, { face: faces[at] ?? null })) };
}

const FACES = [face({ tags: ["exchange", "memo-required"], balance_stroops: "999999999999999" }), face({ tags: ["malicious", "anchor"] }), face({ balance_stroops: "0" }), null];
const lineage = world({ total: 5_000, notable: 9, months: 30 });
const set = faced(lineage.children, FACES);
const KNOWN = { children: set.notable, all: true };
const model = buildModel({ ...lineage, children: set });
const children = model.nodes.get(model.focus)!.children;

function marksOf(form: TreeForm, facts: Partial<DiscFacts>): readonly Mark[] {
  return sceneOf(layoutOf(model, form), { discs: { ...NO_DISCS, scale: SCALE, ...facts } }).marks;
}

describe("a tag", () => {
  it.each([
    [null, "not known"],
    [[], "no tag"],
    [["memo-required", "exchange"], "exchange"],
    [["issuer", "anchor"], "anchor"],
    [["custodian", "sdf"], "custodian"],
    [["exchange", "unsafe"], "warning"],
    [["<b>exchange</b>"], "other"],
  ])("%j is of the kind %s", (tags, kind) => expect(TAG_CLASSES[tagClass(tags)]).toBe(kind));
});

describe.each(["rings", "tidy", "radial"] as const)("in the form %s a child", (form) => {
  const tintsIn = (facts: Partial<DiscFacts>) => {
    const shapes = marksOf(form, facts).filter((mark): mark is DotMark | RingMark => (mark.kind === "dot" || mark.kind === "ring") && Boolean(mark.tint));
    return new Map(shapes.map(({ id, tint }) => [id, tint!.step]));
  };

  it("has the colour of its tag; of whom nobody knows, that of what is not known", () => {
    const tints = tintsIn({ colouring: "tag" });
    expect(children.slice(0, 4).map((id) => TAG_CLASSES[tints.get(id)!])).toEqual(["exchange", "warning", "no tag", "not known"]);
  });

  it("has the colour of what it holds today where that is known, in a ring; else of what it began with", () => {
    const tints = tintsIn({ colouring: "balance" });
    expect(children.slice(0, 4).map((id) => tints.get(id))).toEqual([6, balanceClass("25000000"), 1, balanceClass("25000000")]);
    const rings = (colouring: DiscFacts["colouring"], id: string) => marksOf(form, { colouring }).filter((mark) => mark.kind === "ring" && mark.id === id && mark.tint).length;
    for (const [at, known] of [true, false, true, false].entries()) expect(rings("balance", children[at]!) - rings("tag", children[at]!)).toBe(known ? 1 : 0);
  });

  it("has the colour of its age", () => {
    const steps = [...tintsIn({ colouring: "age" }).values()];
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...steps)).toBeLessThanOrEqual(AGE_STEPS);
  });
});

describe("an ancestor", () => {
  it("is warm, whatever colours say", () => {
    for (const colouring of COLOURINGS) expect(marksOf("radial", { colouring }).filter(({ id, tint }) => !children.includes(id) && tint)).toEqual([]);
  });
});

describe("dots of a disc", () => {
  const child = (minute: number, stroops: string | null): NotableChild => ({ ...set.notable[0]!, created_at: new Date(minute * 60_000 + 12_345).toISOString(), starting_balance_stroops: stroops });
  const dots: ChildrenDots = { count: 6, precise: 5, minutes: Uint32Array.of(10, 20, 20, 30, 30, 40), balances: Uint8Array.of(1, 3, 4, 3, 3, 3) };

  it("are known by the minute and the balance that no other has, and else not guessed", () => {
    const wanted = [child(10, "0"), child(20, "25000000"), child(30, "25000000"), child(40, "25000000"), child(99, null), { ...child(10, "0"), created_at: null }];
    expect(placesOf(dots, wanted)).toEqual([0, 1, null, null, null, null]);
  });

  it("that are known have a colour of their own, the others that of what is not known", () => {
    const told = [{ ...child(20, "25000000"), face: face({ tags: ["anchor"], balance_stroops: "10" }) }, { ...child(10, "0"), face: null }];
    expect(knownDots(dots, told, "tag")).toEqual([{ at: 1, step: TAG_CLASSES.indexOf("anchor"), today: false, hollow: false }]);
    expect(knownDots(dots, told, "balance")).toEqual([{ at: 1, step: 2, today: true, hollow: false }]);
    expect(knownDots(dots, [{ ...told[0]!, ended_op: "9" }], "tag")[0]!.hollow).toBe(true);
    expect(knownDots(dots, told, "age")).toEqual([]);
    expect(tintsOf(dots, "tag", SCALE)).toBeNull();
  });

  it("stand out among a hundred thousand, never smaller than can be seen", () => {
    const disc = layoutOf(model, "rings").placed.get(model.focus)!.spot!.disc!;
    const known = [{ at: 70, step: 2, today: false, hollow: false }];
    const { x, y } = dotAt(disc, 70);
    for (const zoom of [0.2, 1, 8]) {
      const { marks } = sceneOf(layoutOf(model, "rings"), { zoom, discs: { ...NO_DISCS, colouring: "tag", known } });
      const mark = marks.find((each): each is DotMark => each.kind === "dot" && each.x === x && each.y === y && each.tint?.step === 2)!;
      expect(mark.r * zoom).toBeGreaterThanOrEqual(2.5);
    }
  });
});

describe("the legend", () => {
  const told = (facts: Partial<Facts>, of = set) => legendOf(of, { colouring: "age", known: KNOWN, dots: null, signs: [], ...facts });
  const counts = (facts: Partial<Facts>) => told(facts).rows.map(({ text, count }) => [text, count]);

  it("counts tags, and of how many children nothing is known", () => {
    expect(counts({ colouring: "tag" })).toEqual([["no tag", 1], ["exchange", 1], ["warning", 1], ["not known", 4_997]]);
    expect(told({ colouring: "tag" }).known).toBe("known of 3 of 5,000 children");
  });

  it("says that more may be known where not all of it was read", () => {
    expect(told({ colouring: "tag", known: { ...KNOWN, all: false } }).known).toBe("known of at least 3 of 5,000 children");
  });

  it("tells what is held today from what it began with", () => {
    const dots = { ...dotsOf(set), balances: new Uint8Array(5_000).fill(3, 0, 4_000) };
    expect(counts({ colouring: "balance", dots })).toEqual(expect.arrayContaining([["2 – 10", 4_000], ["not known", 1_000]]));
    expect(told({ colouring: "balance", dots }).known).toContain("today, known of 2 of 5,000 children");
    expect(told({ colouring: "balance", known: { children: [], all: false }, dots }).known).toBe("What it began with.");
    expect(counts({ colouring: "balance" }).every(([, count]) => count === null)).toBe(true);
  });

  it("of ages has a ramp from the first child on, and says how many have no date", () => {
    const undated = told({}, { ...set, histogram: { ...set.histogram, undated: 7 } });
    expect(undated.ramp).toEqual({ from: "2018", to: "now" });
    expect(undated.rows[0]).toEqual({ sign: { colouring: "age", step: 0 }, text: "without a date", count: 7 });
  });

  it("explains what is hollow where something is, and only there", () => {
    expect(signsIn(model)).toEqual([]);
    const merged = { ...set, notable: set.notable.map((child) => Object.assign({}, child, { ended_op: "9" })) };
    const signs = signsIn(buildModel({ ...lineage, children: merged }));
    expect(told({ signs }).rows.at(-1)).toEqual({ sign: "hollow", text: "hollow, dashed: merged away, where that is known", count: null });
  });
});

describe("painters", () => {
  it("write the colour of the palette", () => {
    const scene = sceneOf(layoutOf(model), { discs: { ...NO_DISCS, scale: SCALE, colouring: "tag" } });
    expect(toSvg(scene, TOKENS, { title: "Tags" })).toContain(paletteOf(TOKENS, "tag")[TAG_CLASSES.indexOf("exchange")]);
  });
});

describe("a name", () => {
  it("is the directory's where it has one", () => {
    const named = buildModel({ ...lineage, children: faced(lineage.children, [face({ name: "Orbit Exchange" })]) });
    expect(named.nodes.get(children[0]!)!.name).toBe("Orbit Exchange");
  });
});
