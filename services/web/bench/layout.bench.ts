/** How long it takes from an answer of the API to where every dot stands, and in which colour: nothing kept from before. */

import { bench, describe } from "vitest";
import { arranged } from "@/tree/arrange";
import { estimate } from "@/tree/measure";
import { buildModel } from "@/tree/model";
import { tintsOf } from "@/tree/rings/colours";
import { dotsOf, minuteOf } from "@/tree/rings/dots";
import { raster } from "@/tree/rings/raster";
import { spiralOf } from "@/tree/rings/spiral";
import { yearsOf } from "@/tree/rings/years";
import { sceneOf } from "@/tree/scene";
import { rimOf } from "@/tree/spots";
import { world } from "../tests/tree/world";

const SCALE = { from: minuteOf("2018-11"), to: minuteOf("2026-11") };

describe.each([1_000, 10_000, 100_000, 1_000_000])("%i children", (total) => {
  const lineage = world({ total, notable: 30, months: 96 });
  const model = buildModel(lineage);
  const layout = arranged(model, { form: "rings", measure: estimate, narrow: false });
  const disc = layout.placed.get(model.focus)!.spot!.disc!;
  const tints = tintsOf(dotsOf(lineage.children), "age", SCALE);
  const colours = new Uint32Array(65).fill(0xffffffff);
  const side = Math.ceil(2 * rimOf(disc));
  // Warm: the first time counts in the first paint, which is measured in a browser.
  const options = { time: 1_000, warmupTime: 500 };

  bench("layout", () => {
    spiralOf(total + disc.hole);
    arranged(buildModel(lineage), { form: "rings", measure: estimate, narrow: false });
    const dots = dotsOf(lineage.children);
    tintsOf(dots, "age", SCALE);
    yearsOf(dots);
  }, options);
  bench("scene of a frame", () => void sceneOf(layout), options);
  bench("picture of the disc", () => raster({ pixels: new Uint32Array(side * side), side, scale: 1, left: -side / 2, top: -side / 2 }, disc, tints, colours), options);
});
