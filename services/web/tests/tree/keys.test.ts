import { describe, expect, it } from "vitest";
import { dotAt } from "@/tree/discDots";
import { dotStepOf } from "@/tree/dotKeys";
import { actionOf } from "@/tree/keyboard";
import { buildModel } from "@/tree/model";
import { layoutOf, world } from "./world";

const model = buildModel(world({ total: 5_000, notable: 9, months: 30 }));
const layout = layoutOf(model, "rings");
const disc = layout.placed.get(model.focus)!.spot!.disc!;

function walked(key: string, at: number): number {
  const step = dotStepOf(key, disc, at);
  if (step?.do !== "walk") throw new Error(`${key} on ${at} does ${step?.do}`);
  return step.at;
}

describe("the keys lead into the disc of the account", () => {
  it("by Space, and downwards where nothing else is", () => {
    expect(actionOf(" ", layout, model.focus)).toEqual({ do: "walk", id: model.focus });
    expect(actionOf("ArrowDown", layout, model.focus)).toEqual({ do: "walk", id: model.focus });
  });

  it("not where there is none", () => {
    expect(actionOf(" ", layoutOf(buildModel(world({ total: 0 })), "rings"), model.focus)).toBeNull();
    expect(actionOf(" ", layoutOf(model, "radial"), model.focus)).toBeNull();
  });
});

describe("inside a disc", () => {
  it("left and right go by the order of creation, and stop at its ends", () => {
    expect([walked("ArrowRight", 41), walked("ArrowLeft", 41)]).toEqual([42, 40]);
    expect([walked("ArrowLeft", 0), walked("ArrowRight", 4_999)]).toEqual([0, 4_999]);
    expect([walked("Home", 77), walked("End", 77)]).toEqual([0, 4_999]);
  });

  it.each([0, 1, 12, 500, 2_345, 4_600])("up and down go a ring outwards and inwards, the same way from the middle: %i", (at) => {
    const [from, out] = [dotAt(disc, at), dotAt(disc, walked("ArrowUp", at))];
    const [near, far] = [Math.hypot(from.x, from.y), Math.hypot(out.x, out.y)];
    expect((far - near) / disc.pitch).toBeGreaterThan(0.3);
    expect((far - near) / disc.pitch).toBeLessThan(3);
    const aside = Math.abs(from.x * out.y - from.y * out.x) / near; // from the ray through both
    expect(aside / disc.pitch).toBeLessThan(1.6);
  });

  it("every ring is reached from the rim, down to the account", () => {
    let at = 4_999;
    const radii: number[] = [];
    for (let step = dotStepOf("ArrowDown", disc, at); step?.do === "walk"; step = dotStepOf("ArrowDown", disc, at)) {
      expect(step.at).toBeLessThan(at);
      at = step.at;
      radii.push(Math.hypot(dotAt(disc, at).x, dotAt(disc, at).y));
    }
    expect(radii.length).toBeGreaterThan(20);
    expect(dotStepOf("ArrowDown", disc, at)).toEqual({ do: "leave" });
  });

  it("the rim is the end", () => expect(walked("ArrowUp", 4_999)).toBe(4_999));

  it("Enter opens, Space reads who it is, Escape leads back, and all else is left alone", () => {
    expect(["Enter", " ", "Escape", "+", "x"].map((key) => dotStepOf(key, disc, 5)?.do ?? null)).toEqual(["open", "pick", "leave", null, null]);
  });
});
