import { mount } from "@vue/test-utils";
import { describe, expect, it, vi } from "vitest";
import MonthHistogram from "@/components/account/MonthHistogram.vue";
import { dotColours, DIMMED, dimmedOutside, UNKNOWN_TINT } from "@/tree/rings/colours";
import { UNKNOWN_MINUTE } from "@/tree/rings/decode";
import { minuteOf } from "@/tree/rings/dots";
import { buildModel } from "@/tree/model";
import { sceneOf } from "@/tree/scene";
import { NO_DISCS } from "@/tree/spotScene";
import { isOutside, withinOf } from "@/tree/within";
import { TOKENS } from "./tree/tokens";
import { layoutOf, world } from "./tree/world";

const WIDTH = 1_000;
/** Ten months of a hundred pixels each. */
const histogram = { first: "2020-01", counts: [1, 2, 0, 0, 5, 0, 0, 3, 0, 4], undated: 2 };

function brush(from: string | null = null, to: string | null = null) {
  const mounted = mount(MonthHistogram, { props: { histogram, until: "2020-10", from, to }, attachTo: document.body });
  const svg = mounted.get("svg");
  svg.element.getBoundingClientRect = () => new DOMRect(0, 0, WIDTH, 36);
  svg.element.setPointerCapture = vi.fn<Element["setPointerCapture"]>();
  const point = (type: string, x: number) => svg.trigger(type, { clientX: x, button: 0, pointerId: 1 });
  return { mounted, point };
}

describe("the brush over months", () => {
  it("makes a new span wherever it is dragged, also over months without a child", async () => {
    const { mounted, point } = brush("2020-08", "2020-10");
    await point("pointerdown", 250);
    await point("pointermove", 640);
    expect(mounted.emitted("brush")!.at(-1)).toEqual([{ from: "2020-03", to: "2020-07" }]);
    expect(mounted.emitted("range")).toBeUndefined();
    await point("pointerup", 640);
    expect(mounted.emitted("range")).toEqual([["2020-03", "2020-07"]]);
    expect(mounted.emitted("brush")!.at(-1)).toEqual([null]);
  });

  it.each([
    [950, -40, null, null],
    [550, 220, "2020-03", "2020-06"],
    [10, 5_000, null, null],
    [350, 5_000, "2020-04", null],
  ])("goes both ways, ends at the ends, and is no bound there: from %i to %i", async (from, to, first, last) => {
    const { mounted, point } = brush();
    await point("pointerdown", from);
    await point("pointermove", to);
    await point("pointerup", to);
    expect(mounted.emitted("range")).toEqual([[first, last]]);
  });

  it("of a click alone is one month", async () => {
    const { mounted, point } = brush();
    await point("pointerdown", 450);
    await point("pointerup", 450);
    expect(mounted.emitted("range")).toEqual([["2020-05", "2020-05"]]);
  });

  it("is taken back by Escape: while it moves to what was chosen before, then to all", async () => {
    const { mounted, point } = brush("2020-02", "2020-03");
    await point("pointerdown", 650);
    await mounted.trigger("keydown", { key: "Escape" });
    expect(mounted.emitted("brush")!.at(-1)).toEqual([null]);
    expect(mounted.emitted("range")).toBeUndefined();
    await mounted.trigger("keydown", { key: "Escape" });
    expect(mounted.emitted("range")).toEqual([[null, null]]);
  });

  it("is put down unused where the finger scrolls the page", async () => {
    const { mounted, point } = brush();
    await point("pointerdown", 650);
    await point("pointercancel", 650);
    await point("pointermove", 850);
    expect(mounted.emitted("range")).toBeUndefined();
    expect(mounted.text()).toContain("Jan 2020 – Oct 2020");
  });

  it("goes on by the keys where the pointer ended", async () => {
    const { mounted, point } = brush();
    await point("pointerdown", 650);
    await point("pointerup", 650);
    expect(document.activeElement?.getAttribute("aria-label")).toBe("First month");
    const [first] = mounted.findAll<HTMLInputElement>("input");
    await first!.setValue("3");
    await first!.trigger("change");
    expect(mounted.emitted("range")!.at(-1)).toEqual(["2020-04", "2020-07"]);
  });
});

describe("what lies outside of the months that are looked at", () => {
  const within = withinOf("2018-12", "2019-01")!;

  it("is told to the minute, on both sides, and without a date it is outside", () => {
    expect(withinOf(null, null)).toBeNull();
    const minutes = Uint32Array.of(minuteOf("2018-12") - 1, minuteOf("2018-12"), minuteOf("2019-02") - 1, minuteOf("2019-02"), UNKNOWN_MINUTE);
    expect([...dimmedOutside(Uint8Array.of(1, 2, 3, 4, 5), { minutes }, within)]).toEqual([1 | DIMMED, 2, 3, 4 | DIMMED, 5 | DIMMED]);
    expect([...dimmedOutside(null, { minutes }, within)].slice(0, 2)).toEqual([UNKNOWN_TINT | DIMMED, UNKNOWN_TINT]);
    expect([...dimmedOutside(null, { minutes }, withinOf("2018-12", null)!)].map((tint) => tint & DIMMED)).toEqual([DIMMED, 0, 0, 0, DIMMED]);
  });

  it("has a colour for each tint, near the ground", () => {
    const colours = dotColours({ ...TOKENS, ink: { ...TOKENS.ink, bg: "#000000" } }, "balance");
    expect(colours).toHaveLength(256);
    expect(colours[6]).toBe("rgb(255, 255, 255)");
    expect(Number(/\d+/.exec(colours[6 + DIMMED]!)![0])).toBeLessThan(80);
  });

  it.each(["rings", "tidy", "radial"] as const)("steps back in the form %s, and the rest does not", (form) => {
    const model = buildModel(world({ total: 5_000, notable: 9, months: 30 }));
    const marks = (discs: object) => sceneOf(layoutOf(model, form), { discs: { ...NO_DISCS, ...discs } }).marks;
    const [plain, brushed] = [marks({}), marks({ within })];
    expect(brushed).toHaveLength(plain.length);
    const outside = [...model.nodes.values()].filter((node) => isOutside(node, within)).map(({ id }) => id);
    expect(outside.length).toBeGreaterThan(3);
    expect(outside.length).toBeLessThan(model.nodes.size - 3);
    for (const [at, { id, alpha }] of brushed.entries()) expect(alpha < plain[at]!.alpha).toBe(outside.includes(id));
  });
});
