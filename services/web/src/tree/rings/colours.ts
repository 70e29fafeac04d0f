/** From what is known of a child to the colour of its dot. Unknown has a colour of its own. */

import { interpolateLab, piecewise } from "d3-interpolate";
import type { Colouring } from "../forms";
import type { Tokens } from "../tokens";
import { BALANCE_CLASSES } from "./balances";
import { UNKNOWN_MINUTE } from "./decode";
import type { ChildrenDots } from "./dots";

/** Steps of the ramp of time: as many as an eye tells apart, and more. */
export const AGE_STEPS = 64;
/** The tint of what is not known. */
export const UNKNOWN_TINT = 0;

/** Between which minutes a ramp of time runs. */
export interface AgeScale {
  readonly from: number;
  readonly to: number;
}

/** One step of a palette for each dot, in order. */
export function tintsOf(dots: ChildrenDots, colouring: Colouring, scale: AgeScale): Uint8Array {
  return colouring === "balance" ? dots.balances : agesOf(dots.minutes, scale);
}

/** Colours by tint, each as `rgb(r, g, b)`; the first one is of what is not known. */
export function paletteOf({ ramp, unknown }: Pick<Tokens, "ramp" | "unknown">, colouring: Colouring): string[] {
  const steps = colouring === "age" ? AGE_STEPS : BALANCE_CLASSES.length - 1;
  const colourAt = piecewise(interpolateLab, [...ramp]) as (part: number) => string;
  return [interpolateLab(unknown, unknown)(0), ...Array.from({ length: steps }, (_, at) => colourAt(at / (steps - 1)))];
}

/** A tint for each minute on a scale of time. */
export function agesOf(minutes: Uint32Array, { from, to }: AgeScale): Uint8Array {
  const tints = new Uint8Array(minutes.length); // UNKNOWN_TINT
  const steps = (AGE_STEPS - 1) / Math.max(1, to - from);
  for (let at = 0; at < minutes.length; at += 1) {
    const minute = minutes[at]!;
    if (minute === UNKNOWN_MINUTE) continue;
    const step = Math.round((minute - from) * steps);
    tints[at] = 1 + (step < 0 ? 0 : step >= AGE_STEPS ? AGE_STEPS - 1 : step);
  }
  return tints;
}
