import { describe, expect, it } from "vitest";
import { arranged } from "@/tree/arrange";
import { overlap } from "@/tree/labels";
import { middleOf, ROOMY } from "@/tree/layout";
import { estimate } from "@/tree/measure";
import { AS_IT_IS, isChanged, spaced, type Spread, spreadOf, spreadText } from "@/tree/spacing";
import { modelOf } from "./world";

const model = modelOf({ total: 50, notable: 20 });
const laid = (form: "tidy" | "radial" | "rings", spread: Partial<Spread> = {}) =>
  arranged(model, { form, measure: estimate, narrow: false, spread: { ...AS_IT_IS, ...spread } });
const childrenOf = (form: "tidy" | "radial", spread: Partial<Spread> = {}) =>
  [...laid(form, spread).placed.values()].filter(({ shown }) => shown.parent === model.focus);

describe("spacing", () => {
  it("is kept as text, and as it is where that is not readable", () => {
    const wide = { vertical: 150, shortest: 90, longest: 300 };
    expect(spreadOf(spreadText(wide))).toEqual(wide);
    expect(spreadText(AS_IT_IS)).toBeNull();
    for (const text of [null, "", "1,2", "0,100,100", "100,100,1000", "x,100,100"]) expect(spreadOf(text)).toEqual(AS_IT_IS);
    expect([isChanged(wide), isChanged(AS_IT_IS)]).toEqual([true, false]);
  });

  it("never makes the longest way shorter than the shortest", () => {
    const { shortest, longest } = spaced(ROOMY, { vertical: 100, shortest: 400, longest: 40 });
    expect(longest).toBe(shortest);
  });

  it("moves the rows of Tidy apart, and its columns by the number of children", () => {
    const heights = (spread?: Partial<Spread>) => childrenOf("tidy", spread).map(({ y }) => y).toSorted((a, b) => a - b);
    const gap = ([first, second]: number[]) => second! - first!;
    expect(gap(heights({ vertical: 300 })) - gap(heights())).toBeCloseTo(2 * ROOMY.row, 6);
    expect(childrenOf("tidy", { longest: 200 })[0]!.x - childrenOf("tidy")[0]!.x).toBeCloseTo(ROOMY.longest, 6);
    expect(childrenOf("tidy", { shortest: 50 })[0]!.x).toBe(childrenOf("tidy")[0]!.x);
  });

  it("moves the circles of Radial apart, and what stands along them", () => {
    const radius = (spread?: Partial<Spread>) => {
      const { x, y } = middleOf(childrenOf("radial", spread)[0]!);
      return Math.hypot(x, y);
    };
    expect(radius({ longest: 300 })).toBeGreaterThan(radius() * 1.5);
    expect(radius({ vertical: 300 })).toBeGreaterThan(radius());
  });

  it("leaves Rings as they are", () => {
    const placed = (spread?: Partial<Spread>) => [...laid("rings", spread).placed.values()].map(({ x, y }) => [x, y]);
    expect(placed({ vertical: 400, shortest: 400, longest: 400 })).toEqual(placed());
  });

  it.each([40, 400])("of %i percent lets nothing lie over anything else", (percent) => {
    for (const form of ["tidy", "radial"] as const) {
      const boxes = [...laid(form, { vertical: percent, shortest: percent, longest: percent }).placed.values()];
      for (const [at, box] of boxes.entries()) for (const other of boxes.slice(at + 1)) expect(overlap(box, other)).toBe(false);
    }
  });
});
