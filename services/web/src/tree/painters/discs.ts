/**
 * Discs as pictures, kept from one frame to the next. Close up a disc is tiles, made a few a frame; until a tile is
 * there, the picture of the whole disc stands in for it.
 */

import type { DiscMark } from "../marks";
import { dotColours } from "../rings/colours";
import { pixelsOf, raster } from "../rings/raster";
import { type Disc, rimOf } from "../spots";
import type { Tokens } from "../tokens";
import type { Context, Place } from "./canvas";

/** The largest picture of a whole disc, and a tile, in pixels. */
const WHOLE = 2_048;
const TILE = 512;
const MOST_TILES = 128;
/** Of a frame on the screen. */
const TILES_MS = 5;
/** Dots at the rim are cut off by nothing. */
const MARGIN = 6;

type Job = Place & { readonly tokens: Tokens };
interface Kept {
  readonly tokens: Tokens;
  readonly tints: Uint8Array | null;
  readonly key: string;
  readonly colours: Uint32Array;
  /** By scale, and by place where it is a tile; the one used last at the end. */
  readonly pictures: Map<string, OffscreenCanvas>;
}
interface Part {
  readonly scale: number;
  readonly side: number;
  readonly left: number;
  readonly top: number;
}

export class DiscPictures {
  private readonly kept = new Map<string, Kept>();
  private spentMs = 0;
  private waits = false;

  /** `frameMs`: how long tiles may be made before those that are missing wait for the next frame. */
  constructor(private readonly frameMs = TILES_MS) {}

  /** Begins a frame. */
  begin(): void {
    this.spentMs = 0;
    this.waits = false;
  }

  /** Tiles are missing still: another frame would be sharper. */
  get unfinished(): boolean {
    return this.waits;
  }

  paint(context: Context, mark: DiscMark, job: Job): void {
    const kept = this.keptOf(mark, job.tokens);
    const half = rimOf(mark.disc) + MARGIN;
    const scale = 2 ** Math.round(Math.log2(job.view.k * job.ratio));
    if (2 * half * scale <= WHOLE) this.whole(context, mark, { kept, half, scale });
    else this.tiles(context, mark, { kept, half, scale, job });
  }

  private whole(context: Context, mark: DiscMark, { kept, half, scale }: { kept: Kept; half: number; scale: number }): void {
    const picture = this.picture(kept, mark, wholeOf(half, scale));
    context.drawImage(picture, mark.x - half, mark.y - half, picture.width / scale, picture.height / scale);
  }

  private tiles(context: Context, mark: DiscMark, { kept, half, scale, job }: { kept: Kept; half: number; scale: number; job: Job }): void {
    const coarse = 2 ** Math.floor(Math.log2(WHOLE / (2 * half)));
    const whole = this.picture(kept, mark, wholeOf(half, coarse));
    for (const tile of tilesOf(context, mark, { half, scale, job })) {
      const { left, top } = tile;
      const size = TILE / scale;
      const known = kept.pictures.get(keyOf(tile));
      if (!known && this.spentMs > this.frameMs) {
        this.waits = true;
        context.drawImage(whole, (left + half) * coarse, (top + half) * coarse, size * coarse, size * coarse, mark.x + left, mark.y + top, size, size);
      } else context.drawImage(this.picture(kept, mark, tile), mark.x + left, mark.y + top, size, size);
    }
  }

  private picture(kept: Kept, mark: DiscMark, part: Part): OffscreenCanvas {
    const key = keyOf(part);
    const picture = kept.pictures.get(key) ?? this.made(kept, mark, part);
    kept.pictures.delete(key);
    kept.pictures.set(key, picture);
    const [oldest] = kept.pictures.keys();
    if (kept.pictures.size > MOST_TILES) kept.pictures.delete(oldest!);
    return picture;
  }

  private made({ colours, tints }: Kept, { disc }: DiscMark, part: Part): OffscreenCanvas {
    const started = performance.now();
    const picture = rastered(disc, { tints, colours, part });
    this.spentMs += performance.now() - started;
    return picture;
  }

  /** What was painted of the disc, unless anything about it has changed. */
  private keptOf({ id, disc, tints, colouring }: DiscMark, tokens: Tokens): Kept {
    const key = `${disc.count} ${disc.pitch} ${disc.hole} ${colouring}`;
    const known = this.kept.get(id);
    if (known?.key === key && known.tints === tints && known.tokens === tokens) return known;
    const fresh: Kept = { tokens, tints, key, colours: pixelsOf(dotColours(tokens, colouring)), pictures: new Map() };
    this.kept.set(id, fresh);
    return fresh;
  }
}

/** The whole disc, as far as `half` from its middle. */
export function discPicture({ disc, tints, colouring }: DiscMark, tokens: Tokens, { half, scale }: { half: number; scale: number }): OffscreenCanvas {
  return rastered(disc, { tints, colours: pixelsOf(dotColours(tokens, colouring)), part: wholeOf(half, scale) });
}

function rastered(disc: Disc, { tints, colours, part }: { tints: Uint8Array | null; colours: Uint32Array; part: Part }): OffscreenCanvas {
  const image = new ImageData(part.side, part.side);
  raster({ pixels: new Uint32Array(image.data.buffer), ...part }, disc, tints, colours);
  const picture = new OffscreenCanvas(part.side, part.side);
  picture.getContext("2d")!.putImageData(image, 0, 0);
  return picture;
}

function keyOf({ scale, side, left, top }: Part): string {
  return `${scale} ${side} ${left} ${top}`;
}

function wholeOf(half: number, scale: number): Part {
  return { scale, side: Math.max(1, Math.ceil(2 * half * scale)), left: -half, top: -half };
}

/** The tiles of a grid around the middle of the disc that are on the canvas. */
function* tilesOf({ canvas }: Context, { x, y }: DiscMark, { half, scale, job }: { half: number; scale: number; job: Job }): Generator<Part> {
  const { view, ratio } = job;
  const size = TILE / scale;
  const from = (start: number, middle: number) => Math.floor(Math.max(-start / view.k - middle, -half) / size);
  const to = (start: number, length: number, middle: number) => Math.ceil(Math.min((length / ratio - start) / view.k - middle, half) / size);
  for (let row = from(view.y, y); row < to(view.y, canvas.height, y); row += 1)
    for (let column = from(view.x, x); column < to(view.x, canvas.width, x); column += 1)
      yield { scale, side: TILE, left: column * size, top: row * size };
}
