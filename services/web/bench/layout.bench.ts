import { bench, describe } from "vitest";
import { raster } from "@/tree/rings/raster";
import { sceneOf } from "@/tree/scene";
import { rimOf } from "@/tree/spots";
import { hubOf, laidOut } from "./hub";

describe.each([1_000, 10_000, 100_000, 1_000_000])("%i children", (total) => {
  const hub = hubOf(total);
  const { layout, tints } = laidOut(hub);
  const disc = [...layout.placed.values()].find(({ shown }) => shown.kind === "focus")!.spot!.disc!;
  const colours = new Uint32Array(65).fill(0xffffffff);
  const side = Math.ceil(2 * rimOf(disc));
  // Warm: the first time counts in the first paint, which is measured in a browser.
  const options = { time: 1_000, warmupTime: 500 };

  bench("layout", () => void laidOut(hub), options);
  bench("scene of a frame", () => void sceneOf(layout), options);
  bench("picture of the disc", () => raster({ pixels: new Uint32Array(side * side), side, scale: 1, left: -side / 2, top: -side / 2 }, disc, tints, colours), options);
});
