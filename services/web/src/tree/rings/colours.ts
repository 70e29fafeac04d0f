/** From what is known of a child to the colour of its dot. Unknown has a colour of its own. */

import { interpolateLab, piecewise } from "d3-interpolate";
import type { Colouring } from "../forms";
import type { Tokens } from "../tokens";
import { BALANCE_CLASSES } from "./balances";
import { UNKNOWN_MINUTE } from "./decode";
import type { ChildrenDots } from "./dots";
import type { Within } from "../within";

/** Steps of the ramp of time: as many as an eye tells apart, and more. */
export const AGE_STEPS = 64;
/** How much of the ground is in what is dimmed. */
const DIM = 0.82;
/** The tint of what is not known. */
export const UNKNOWN_TINT = 0;

/** Between which minutes a ramp of time runs. */
export interface AgeScale {
  readonly from: number;
  readonly to: number;
}

/** One step of a palette for each dot, in order; null where the dots of an account tell nothing of it. */
export function tintsOf(dots: ChildrenDots, colouring: Colouring, scale: AgeScale): Uint8Array | null {
  if (colouring === "tag") return null;
  return colouring === "balance" ? dots.balances : agesOf(dots.minutes, scale);
}

/** Of a tint: its dot lies outside of what is looked at. */
export const DIMMED = 0x80;

/** The tints, with those of dots that were not created within dimmed. Who has no date was not. */
export function dimmedOutside(tints: Uint8Array | null, { minutes }: Pick<ChildrenDots, "minutes">, { from, end }: Within): Uint8Array {
  const made = tints?.slice() ?? new Uint8Array(minutes.length); // UNKNOWN_TINT
  for (let at = 0; at < made.length; at += 1) {
    const minute = minutes[at]!;
    if (minute < from || minute >= end || minute === UNKNOWN_MINUTE) made[at]! |= DIMMED;
  }
  return made;
}

/** The tints, with all dimmed but those dots. */
export function dimmedBut(tints: Uint8Array, lit: ReadonlySet<number>): Uint8Array {
  const made = tints.slice();
  for (let at = 0; at < made.length; at += 1) if (!lit.has(at)) made[at]! |= DIMMED;
  return made;
}

type Colours = Pick<Tokens, "ramp" | "unknown" | "tags">;
const palettes = new WeakMap<Colours, Map<Colouring, readonly string[]>>();

/** Colours by tint, each as `rgb(r, g, b)`; the first one is of what is not known. */
export function paletteOf(colours: Colours, colouring: Colouring): readonly string[] {
  const known = palettes.get(colours) ?? new Map<Colouring, readonly string[]>();
  palettes.set(colours, known);
  const palette = known.get(colouring) ?? [written(colours.unknown), ...stepsOf(colours, colouring)];
  known.set(colouring, palette);
  return palette;
}

/** Colours of dots by tint, dimmed or not. */
export function dotColours(tokens: Colours & Pick<Tokens, "ink">, colouring: Colouring): string[] {
  const palette = paletteOf(tokens, colouring);
  const colours = Array.from({ length: DIMMED }, (_, tint) => palette[tint] ?? palette[UNKNOWN_TINT]!);
  return [...colours, ...colours.map((colour) => interpolateLab(colour, tokens.ink.bg)(DIM))];
}

function stepsOf({ ramp, tags }: Colours, colouring: Colouring): string[] {
  if (colouring === "tag") return tags.map(written);
  const steps = colouring === "age" ? AGE_STEPS : BALANCE_CLASSES.length - 1;
  const colourAt = piecewise(interpolateLab, [...ramp]) as (part: number) => string;
  return Array.from({ length: steps }, (_, at) => colourAt(at / (steps - 1)));
}

function written(colour: string): string {
  return interpolateLab(colour, colour)(0);
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
