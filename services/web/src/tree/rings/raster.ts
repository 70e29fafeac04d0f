/** Writes the dots of a disc into pixels: the whole disc, or a part of it however close one looks. */

import { dotRadius, type Disc } from "../spots";
import { ringOf, unitPlaces } from "./spiral";

/** A square of pixels, and which part of the disc it shows. */
export interface Window {
  readonly pixels: Uint32Array;
  readonly side: number;
  /** Pixels for a pixel of the layout. */
  readonly scale: number;
  /** Its corner, in pixels of the layout from the middle of the disc. */
  readonly left: number;
  readonly top: number;
}

const OPAQUE = 255;
/** By how much dots far smaller than a pixel cover more than they are large: a crowd is to be seen, not guessed. */
const CROWD = 1.5;

/** Every dot that touches the window, in its colour; `colours` are opaque pixels by tint. */
export function raster(window: Window, disc: Disc, tints: Uint8Array | null, colours: Uint32Array): void {
  const radius = dotRadius(disc.pitch) * window.scale;
  if (radius < 1) mist(window, { disc, tints, colours, radius });
  else stamps(window, { disc, tints, colours, radius });
}

interface Dots {
  readonly disc: Disc;
  readonly tints: Uint8Array | null;
  readonly colours: Uint32Array;
  /** In pixels of the window. */
  readonly radius: number;
}

/** Larger dots: each the same, stamped at its place. */
function stamps(window: Window, { disc, tints, colours, radius }: Dots): void {
  const { side, scale, left, top } = window;
  const ring = ringAround(window, disc, radius / scale);
  const places = unitPlaces(disc.count + disc.hole);
  const grow = disc.pitch * scale;
  const [x0, y0] = [left * scale, top * scale];
  const brush = new Stamps(window, radius);
  for (let place = Math.max(ring.first, disc.hole); place < ring.end; place += 1) {
    const x = places[2 * place]! * grow - x0;
    const y = places[2 * place + 1]! * grow - y0;
    if (x < -radius || y < -radius || x > side + radius || y > side + radius) continue;
    // Of one child more than was counted when the colours were made nothing is known.
    brush.dot(x, y, colours[tints?.[place - disc.hole] ?? 0]!);
  }
}

/**
 * Dots smaller than a pixel: each adds its share to the four pixels around it, so that a pixel has the mean colour of all
 * that lie in it, and no pattern shows that is not there. One loop without a call or an object: it runs for every dot
 * before anything is on the screen, when no engine has made it fast yet.
 */
function mist(window: Window, { disc, tints, colours, radius }: Dots): void {
  const { side, scale, left, top } = window;
  // A border of a pixel takes what lies half outside, so that no dot has to be looked at for where it ends.
  const width = side + 2;
  const sums = new Float32Array(4 * width * width); // red, green, blue and cover of every pixel
  const share = Math.PI * radius * radius * (1 + CROWD * (1 - radius));
  const parts = partsOf(colours);
  const ring = ringAround(window, disc, 1 / scale);
  const places = unitPlaces(disc.count + disc.hole);
  const grow = disc.pitch * scale;
  const [x0, y0] = [left * scale - 0.5, top * scale - 0.5]; // pixels are looked at in their middles
  const known = tints?.length ?? 0;
  for (let place = Math.max(ring.first, disc.hole); place < ring.end; place += 1) {
    const x = places[2 * place]! * grow - x0;
    const y = places[2 * place + 1]! * grow - y0;
    if (x < 0 || y < 0 || x >= side + 1 || y >= side + 1) continue;
    const column = x | 0;
    const row = y | 0;
    const right = (x - column) * share;
    const low = y - row;
    const at = 4 * (row * width + column);
    const under = at + 4 * width;
    const of = place - disc.hole;
    const tint = of < known ? 3 * tints![of]! : 0; // of one child more than was counted nothing is known
    const red = parts[tint]!;
    const green = parts[tint + 1]!;
    const blue = parts[tint + 2]!;
    const lowRight = right * low;
    const highRight = right - lowRight;
    const lowLeft = (share - right) * low;
    const highLeft = share - right - lowLeft;
    sums[at]! += highLeft * red;
    sums[at + 1]! += highLeft * green;
    sums[at + 2]! += highLeft * blue;
    sums[at + 3]! += highLeft;
    sums[at + 4]! += highRight * red;
    sums[at + 5]! += highRight * green;
    sums[at + 6]! += highRight * blue;
    sums[at + 7]! += highRight;
    sums[under]! += lowLeft * red;
    sums[under + 1]! += lowLeft * green;
    sums[under + 2]! += lowLeft * blue;
    sums[under + 3]! += lowLeft;
    sums[under + 4]! += lowRight * red;
    sums[under + 5]! += lowRight * green;
    sums[under + 6]! += lowRight * blue;
    sums[under + 7]! += lowRight;
  }
  settle(window, sums);
}

/** Red, green and blue of each colour. */
function partsOf(colours: Uint32Array): Float32Array {
  const parts = new Float32Array(3 * colours.length);
  for (let at = 0; at < colours.length; at += 1) {
    const colour = colours[at]!;
    parts[3 * at] = colour & 255;
    parts[3 * at + 1] = (colour >>> 8) & 255;
    parts[3 * at + 2] = (colour >>> 16) & 255;
  }
  return parts;
}

/** What lies in each pixel, as its colour. */
function settle({ pixels, side }: Window, sums: Float32Array): void {
  for (let row = 0; row < side; row += 1) {
    let from = 4 * ((row + 1) * (side + 2) + 1);
    for (let at = row * side; at < (row + 1) * side; at += 1, from += 4) {
      const cover = sums[from + 3]!;
      if (cover === 0) continue;
      const alpha = cover >= 1 ? OPAQUE : (cover * OPAQUE + 0.5) | 0;
      pixels[at] = ((alpha << 24) | ((sums[from + 2]! / cover) << 16) | ((sums[from + 1]! / cover) << 8) | (sums[from]! / cover)) >>> 0;
    }
  }
}

const PARTS = 4;

/** Larger dots: the same one at every part of a pixel, so that thousands of them show no grid. */
class Stamps {
  private readonly reach: number;
  /** Alpha by row and column, by part of a pixel down and across. */
  private readonly alphas: readonly Uint8Array[];

  constructor(
    private readonly window: Window,
    radius: number,
  ) {
    const reach = Math.ceil(radius) + 1;
    const parts = Array.from({ length: PARTS * PARTS }, (_, at) => ({ x: (at % PARTS) / PARTS, y: Math.floor(at / PARTS) / PARTS }));
    this.reach = reach;
    this.alphas = parts.map((part) => stampOf(radius, reach, part));
  }

  dot(x: number, y: number, colour: number): void {
    const { reach } = this;
    const { pixels, side } = this.window;
    const width = 2 * reach + 1;
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const stamp = this.alphas[Math.floor((y - top) * PARTS) * PARTS + Math.floor((x - left) * PARTS)]!;
    const [from, to] = [Math.max(0, reach - left), Math.min(width, side - left + reach)];
    const last = Math.min(width, side - top + reach);
    for (let row = Math.max(0, reach - top); row < last; row += 1)
      for (let column = from; column < to; column += 1) {
        const alpha = stamp[row * width + column]!;
        const at = (top + row - reach) * side + left + column - reach;
        if (alpha > pixels[at]! >>> 24) pixels[at] = withAlpha(colour, alpha);
      }
  }
}

/** A dot with soft edges. */
function stampOf(radius: number, reach: number, { x, y }: { x: number; y: number }): Uint8Array {
  const width = 2 * reach + 1;
  const alphas = new Uint8Array(width * width);
  for (let row = 0; row < width; row += 1)
    for (let column = 0; column < width; column += 1) {
      // A pixel is looked at in its middle.
      const cover = radius + 0.5 - Math.hypot(column + 0.5 - reach - x, row + 0.5 - reach - y);
      alphas[row * width + column] = Math.round(Math.min(1, Math.max(0, cover)) * OPAQUE);
    }
  return alphas;
}

/** Which dots can lie in the window. */
function ringAround({ side, scale, left, top }: Window, { pitch, count, hole }: Disc, slack: number): { first: number; end: number } {
  const [right, bottom] = [left + side / scale, top + side / scale];
  const nearest = Math.hypot(Math.max(left, 0, -right), Math.max(top, 0, -bottom));
  const farthest = Math.hypot(Math.max(-left, right), Math.max(-top, bottom));
  return ringOf((nearest - slack) / pitch, (farthest + slack) / pitch, count + hole);
}

function withAlpha(colour: number, alpha: number): number {
  return ((colour & 0xff_ffff) | (alpha << 24)) >>> 0;
}

/** Pixels of `rgb(r, g, b)`, as an ImageData holds them. */
export function pixelsOf(colours: readonly string[]): Uint32Array {
  return Uint32Array.from(colours, (colour) => {
    const [red, green, blue] = colour.match(/\d+/g)!.map(Number);
    return ((OPAQUE << 24) | (blue! << 16) | (green! << 8) | red!) >>> 0;
  });
}
