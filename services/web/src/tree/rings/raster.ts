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
  const { side, scale, left, top } = window;
  const radius = dotRadius(disc.pitch) * scale;
  const end = disc.count + disc.hole;
  const ring = ringAround(window, disc, radius / scale);
  const places = unitPlaces(end);
  const grow = disc.pitch * scale;
  const [x0, y0] = [left * scale, top * scale];
  const brush = radius < 1 ? new Mist(window, radius) : new Stamps(window, radius);
  for (let place = Math.max(ring.first, disc.hole); place < ring.end; place += 1) {
    const x = places[2 * place]! * grow - x0;
    const y = places[2 * place + 1]! * grow - y0;
    if (x < -radius || y < -radius || x > side + radius || y > side + radius) continue;
    // Of one child more than was counted when the colours were made nothing is known.
    brush.dot(x, y, colours[tints?.[place - disc.hole] ?? 0]!);
  }
  brush.end();
}

interface Brush {
  dot(x: number, y: number, colour: number): void;
  end(): void;
}

/**
 * Dots smaller than a pixel: each adds its share to the four pixels around it, so that a pixel has the mean colour of all
 * that lie in it, and no pattern shows that is not there.
 */
class Mist implements Brush {
  /** Red, green, blue and cover of every pixel. */
  private readonly sums: Float32Array;
  private readonly share: number;

  constructor(
    private readonly window: Window,
    radius: number,
  ) {
    this.sums = new Float32Array(4 * window.side * window.side);
    this.share = Math.PI * radius * radius * (1 + CROWD * (1 - radius));
  }

  dot(x: number, y: number, colour: number): void {
    const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
    const [right, low] = [x - 0.5 - left, y - 0.5 - top];
    this.add(left, top, { colour, part: (1 - right) * (1 - low) });
    this.add(left + 1, top, { colour, part: right * (1 - low) });
    this.add(left, top + 1, { colour, part: (1 - right) * low });
    this.add(left + 1, top + 1, { colour, part: right * low });
  }

  end(): void {
    const { sums } = this;
    const { pixels } = this.window;
    for (let at = 0; at < pixels.length; at += 1) {
      const cover = sums[4 * at + 3]!;
      if (cover === 0) continue;
      const [red, green, blue] = [sums[4 * at]! / cover, sums[4 * at + 1]! / cover, sums[4 * at + 2]! / cover];
      pixels[at] = withAlpha((blue << 16) | (green << 8) | red, Math.round(Math.min(1, cover) * OPAQUE));
    }
  }

  private add(x: number, y: number, { colour, part }: { colour: number; part: number }): void {
    const { side } = this.window;
    if (x < 0 || y < 0 || x >= side || y >= side) return;
    const at = 4 * (y * side + x);
    const cover = part * this.share;
    this.sums[at]! += cover * (colour & 255);
    this.sums[at + 1]! += cover * ((colour >>> 8) & 255);
    this.sums[at + 2]! += cover * ((colour >>> 16) & 255);
    this.sums[at + 3]! += cover;
  }
}

const PARTS = 4;

/** Larger dots: the same one at every part of a pixel, so that thousands of them show no grid. */
class Stamps implements Brush {
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

  end(): void {
    // What is stamped is in its pixels already.
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
