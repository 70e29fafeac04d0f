import { describe, expect, it } from "vitest";
import { visiblePart, ZOOMS } from "@/tree/camera";
import { lookOf, viewOf } from "@/tree/looks";

const WIDE = { width: 1_068, height: 560 };
const PHONE = { width: 390, height: 520 };
const facts = { form: "rings" as const, size: WIDE, zooms: [ZOOMS[0], 400] as const };

describe("where one looks, in a word", () => {
  it.each([0.1, 0.37, 1, 4, 33, 390])("is the same part again, to the pixel, at zoom %f", (k) => {
    const view = { x: 811.234 - 100 * k, y: -190.77 + 20 * k, k };
    const again = viewOf(lookOf(view, WIDE, "rings"), facts)!;
    expect(again.k / k).toBeCloseTo(1, 2);
    const [before, after] = [visiblePart(view, WIDE), visiblePart(again, WIDE)];
    expect(Math.abs(before.x + before.w / 2 - after.x - after.w / 2) * k).toBeLessThan(1);
    expect(Math.abs(before.y + before.h / 2 - after.y - after.h / 2) * k).toBeLessThan(1);
  });

  it("is short, and needs no escape in a link", () => {
    const word = lookOf({ x: -2_511.123456, y: 983.98765, k: 17.3333 }, WIDE, "rings");
    expect(word.length).toBeLessThan(28);
    expect(encodeURI(word)).toBe(word);
  });

  it("shows on a telephone what stood in the middle of a large screen", () => {
    const view = { x: 300, y: 250, k: 2 };
    const [wide, phone] = [visiblePart(view, WIDE), visiblePart(viewOf(lookOf(view, WIDE, "rings"), { ...facts, size: PHONE })!, PHONE)];
    expect(phone.x + phone.w / 2).toBeCloseTo(wide.x + wide.w / 2, 0);
    expect(phone.y + phone.h / 2).toBeCloseTo(wide.y + wide.h / 2, 0);
    expect(Math.min(phone.w, phone.h)).toBeCloseTo(Math.min(wide.w, wide.h), 0);
  });

  it("says nothing of another form, and never more than one can zoom", () => {
    expect(viewOf(lookOf({ x: 0, y: 0, k: 1 }, WIDE, "tidy"), facts)).toBeNull();
    expect(viewOf("r0,0,0.0001", facts)!.k).toBe(400);
    expect(viewOf("r0,0,99999999", facts)!.k).toBe(ZOOMS[0]);
  });

  it.each([null, "", "r", "r1,2", "r1,2,0", "r1,2,-5", "r1,2,1e9", "r..,1,1", "rNaN,1,1", "<script>", "r1,2,3,4"])("is nothing where it is no such word: %j", (word) => {
    expect(viewOf(word, facts)).toBeNull();
  });
});
