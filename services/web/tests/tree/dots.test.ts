import { describe, expect, it } from "vitest";
import { monthOf } from "@/tree/months";
import { BALANCE_CLASSES, balanceClass } from "@/tree/rings/balances";
import { AGE_STEPS, agesOf, tintsOf, UNKNOWN_TINT } from "@/tree/rings/colours";
import { UNKNOWN_MINUTE } from "@/tree/rings/decode";
import { dotsOf, minuteOf, momentOf, monthOfDot } from "@/tree/rings/dots";
import { raster } from "@/tree/rings/raster";
import { nearestDot, ringOf, unitPlaces } from "@/tree/rings/spiral";
import { yearsOf } from "@/tree/rings/years";
import { childSet, leaves } from "./world";

describe("the spiral", () => {
  const places = unitPlaces(1_000_000);
  const radiusAt = (at: number) => Math.hypot(places[2 * at]!, places[2 * at + 1]!);

  it("puts the i-th dot at the root of i, a golden angle after the one before, up to a million", () => {
    for (const at of [0, 1, 2, 1_000, 99_999, 999_998]) {
      expect(radiusAt(at)).toBeCloseTo(Math.sqrt(at + 0.5), 2);
      const turn = Math.atan2(places[2 * at + 3]!, places[2 * at + 2]!) - Math.atan2(places[2 * at + 1]!, places[2 * at]!);
      const degrees = (((turn * 180) / Math.PI) % 360 + 360) % 360;
      expect(Math.min(Math.abs(degrees - 137.508), Math.abs(degrees - 222.492))).toBeLessThan(0.02);
    }
  });

  it("lets no two neighbours touch", () => {
    for (const at of [40, 5_000, 800_000]) {
      const { first, end } = ringOf(radiusAt(at) - 2, radiusAt(at) + 2, 1_000_000);
      for (let other = first; other < end; other += 1) {
        if (other === at) continue;
        expect(Math.hypot(places[2 * at]! - places[2 * other]!, places[2 * at + 1]! - places[2 * other + 1]!)).toBeGreaterThan(1.24);
      }
    }
  });

  it.each([1, 60, 1_000, 100_000, 1_000_000])("of %i dots finds each where it lies", (count) => {
    for (let step = 0; step < 200; step += 1) {
      const at = Math.floor((step / 200) * count);
      expect(nearestDot(places[2 * at]!, places[2 * at + 1]!, count)).toBe(at);
    }
  });

  it("finds nothing beyond its rim", () => expect(nearestDot(Math.sqrt(500) + 2, 0, 500)).toBeNull());

  it("knows which dots can lie in a ring", () => {
    const { first, end } = ringOf(10, 20, 1_000);
    const inside = Array.from({ length: 1_000 }, (_, at) => at).filter((at) => radiusAt(at) >= 10 && radiusAt(at) <= 20);
    expect(first).toBeLessThanOrEqual(inside[0]!);
    expect(end).toBeGreaterThan(inside.at(-1)!);
  });
});

describe("dots", () => {
  const set = childSet({ total: 79_980, months: 88, undated: 7 });

  it("are exactly as many as there are children, in each month and without a date", () => {
    const dots = dotsOf(set);
    expect(dots.minutes).toHaveLength(79_980);
    const byMonth = new Map<string, number>();
    for (const minute of dots.minutes) {
      const month = minute === UNKNOWN_MINUTE ? "none" : monthOf(momentOf(minute));
      byMonth.set(month, (byMonth.get(month) ?? 0) + 1);
    }
    expect(byMonth.get("none")).toBe(7);
    expect([...byMonth.values()].slice(0, 88)).toEqual(set.histogram.counts);
  });

  it("know those that were read to the minute, and lose nobody of their month", () => {
    const small = childSet({ total: 30, months: 3 });
    const lives = leaves(4).map((life, at) => Object.assign(life, { created_at: `2018-11-0${at + 1}T10:30:00Z`, starting_balance_stroops: at === 3 ? null : "25000000" }));
    const dots = dotsOf(small, lives);
    expect(momentOf(dots.minutes[2]!)).toBe("2018-11-03T10:30:00.000Z");
    const inNovember = [...dots.minutes].filter((minute) => monthOf(momentOf(minute)) === "2018-11");
    expect(inNovember).toHaveLength(small.histogram.counts[0]!);
    expect(Array.from(dots.balances.subarray(0, 5))).toEqual([3, 3, 3, 0, 0]);
  });

  it("say that they are unknown where the months tell of fewer than there are", () => {
    const lagging = { ...set, total: set.total + 50 };
    const { minutes } = dotsOf(lagging);
    expect(minutes.filter((minute) => minute === UNKNOWN_MINUTE)).toHaveLength(57);
    expect(monthOfDot(dotsOf(lagging), lagging.total - 1)).toBeNull();
  });

  it("have a ring where each year begins", () => {
    const years = yearsOf(dotsOf(set));
    const { first, counts } = set.histogram;
    expect(first).toBe("2018-11");
    expect(years[0]).toEqual({ year: "2019", before: counts[0]! + counts[1]! });
    expect(years.map(({ year }) => year)).toEqual(["2019", "2020", "2021", "2022", "2023", "2024", "2025", "2026"]);
  });
});

describe("balances", () => {
  it.each([
    [null, "unknown"],
    ["0", "0"],
    ["1", "under 2"],
    ["19999999", "under 2"],
    ["20000000", "2 – 10"],
    ["100000000", "10 – 100"],
    ["1000000000", "100 – 10 K"],
    ["100000000000", "10 K and more"],
    ["9223372036854775807", "10 K and more"],
  ])("of %s stroops are %s", (stroops, name) => expect(BALANCE_CLASSES[balanceClass(stroops)]).toBe(name));
});

describe("tints", () => {
  const scale = { from: minuteOf("2018-11"), to: minuteOf("2026-11") };

  it("run from the first child to today, and are apart from what is not known", () => {
    const minutes = Uint32Array.of(scale.from, scale.to, scale.from - 1_000, scale.to + 1_000, UNKNOWN_MINUTE);
    expect([...agesOf(minutes, scale)]).toEqual([1, AGE_STEPS, 1, AGE_STEPS, UNKNOWN_TINT]);
  });

  it("never go back in time along the spiral", () => {
    const tints = tintsOf(dotsOf(childSet({ total: 5_000, months: 90 })), "age", scale)!;
    for (let at = 1; at < tints.length; at += 1) expect(tints[at]).toBeGreaterThanOrEqual(tints[at - 1]!);
  });
});

describe("a picture of a disc", () => {
  const disc = { count: 300, pitch: 9, hole: 4 };
  const tints = Uint8Array.from({ length: 300 }, (_, at) => 1 + (at % 3));
  const colours = Uint32Array.from([0xff000001, 0xff000010, 0xff000020, 0xff000030]);
  const half = 170;
  const painted = (part: { side: number; scale: number; left: number; top: number }) => {
    const pixels = new Uint32Array(part.side * part.side);
    raster({ pixels, ...part }, disc, tints, colours);
    return pixels;
  };
  const dotIn = (place: number, scale: number) => {
    const places = unitPlaces(400);
    return [places[2 * (place + 4)]! * 9 * scale, places[2 * (place + 4) + 1]! * 9 * scale] as const;
  };

  it("shows each dot in its colour where it lies", () => {
    const pixels = painted({ side: 340, scale: 1, left: -half, top: -half });
    for (let place = 0; place < 300; place += 1) {
      const [x, y] = dotIn(place, 1);
      expect(pixels[Math.floor(y + half) * 340 + Math.floor(x + half)]).toBe(colours[tints[place]!]);
    }
  });

  it("is the same in tiles as in one piece", () => {
    const whole = painted({ side: 680, scale: 2, left: -half, top: -half });
    for (const [column, row] of [[0, 0], [1, 0], [0, 1], [1, 1]] as const) {
      const tile = painted({ side: 340, scale: 2, left: -half + 170 * column, top: -half + 170 * row });
      const same = tile.every((pixel, place) => pixel === whole[(Math.floor(place / 340) + 340 * row) * 680 + (place % 340) + 340 * column]);
      expect(same).toBe(true);
    }
  });

  it("leaves the middle free for the account itself", () => {
    const pixels = painted({ side: 340, scale: 1, left: -half, top: -half });
    expect(pixels[half * 340 + half]).toBe(0);
  });

  it("of dots smaller than a pixel is their mean colour, and holes are no pattern", () => {
    const crowd = { count: 40_000, pitch: 0.2, hole: 0 };
    const pixels = new Uint32Array(100 * 100);
    const mixed = Uint8Array.from({ length: 40_000 }, (_, at) => at % 2);
    raster({ pixels, side: 100, scale: 1, left: -50, top: -50 }, crowd, mixed, Uint32Array.of(0xff000000, 0xff0000ff));
    for (let step = 0; step < 30; step += 1) {
      const pixel = pixels[(50 + step) * 100 + 50]!;
      expect(pixel >>> 24).toBeGreaterThan(200);
      expect(pixel & 255).toBeGreaterThan(100);
      expect(pixel & 255).toBeLessThan(155);
    }
  });

  it("knows nothing of a child that came after the colours were made", () => {
    const pixels = new Uint32Array(340 * 340);
    raster({ pixels, side: 340, scale: 1, left: -half, top: -half }, disc, tints.subarray(0, 299), colours);
    const [x, y] = dotIn(299, 1);
    expect(pixels[Math.floor(y + half) * 340 + Math.floor(x + half)]).toBe(colours[0]);
  });

  it("paints all in the colour of what is not known while nothing is", () => {
    const pixels = new Uint32Array(340 * 340);
    raster({ pixels, side: 340, scale: 1, left: -half, top: -half }, disc, null, colours);
    expect(new Set([...pixels].filter((pixel) => pixel >>> 24 === 255))).toEqual(new Set([colours[0]]));
  });
});
