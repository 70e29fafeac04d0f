/** Single dots of discs that stand out: those of which more is known, those that are looked at. */

import { type Box, type Layout, middleOf, type SpotNode } from "./layout";
import type { DotMark, Ink, LinkMark, Mark } from "./marks";
import type { KnownDot } from "./rings/places";
import { unitPlaces } from "./rings/spiral";
import { straight } from "./spotLinks";
import { type Disc, dotRadius, OWN_DOT } from "./spots";
import type { Tint } from "./tints";
import type { DotPlace } from "./types";

interface Look {
  readonly r: number;
  readonly ink: Ink;
  readonly hollow?: boolean;
  readonly diamond?: boolean;
  readonly tint?: Tint | null;
}

/** On the screen such a dot is never smaller. */
const KNOWN_PX = 2.5;
/** Smaller ones cannot be seen to be hollow; how much of their radius is the hole. */
const HOLLOW_PX = 2.5;
const HOLE = 0.55;

/** Where the dot with that place lies, from the middle of its disc. */
export function dotAt({ pitch, hole }: Disc, at: number): { x: number; y: number } {
  const places = unitPlaces(at + hole + 1);
  return { x: pitch * places[2 * (at + hole)]!, y: pitch * places[2 * (at + hole) + 1]! };
}

/** A dot by itself. */
export function dotMark(id: string, x: number, y: number, { r, ink, hollow = false, diamond = false, tint = null }: Look): DotMark {
  return { kind: "dot", id, x, y, r, hollow, diamond, ink, tint, alpha: 1 };
}

/** A dot with a colour that others of its disc have not: among a hundred thousand it is still seen. */
export function knownDot(own: SpotNode, { at, step, today, hollow }: KnownDot, { zoom, colouring }: { zoom: number; colouring: Tint["colouring"] }): Mark[] {
  const { disc } = own.spot;
  if (!disc || at >= disc.count) return [];
  const [middle, place] = [middleOf(own), dotAt(disc, at)];
  const [id, x, y] = [own.shown.id, middle.x + place.x, middle.y + place.y];
  const r = Math.max(dotRadius(disc.pitch), KNOWN_PX / zoom);
  const tint = { colouring, step };
  const ring: Mark[] = today ? [{ kind: "ring", id, x, y, r: r + 2.5 / zoom, line: 1.25, ink: "text", tint, alpha: 1 }] : [];
  return [dotMark(id, x, y, { r: r + (today ? 4 : 1.5) / zoom, ink: "bg" }), dotMark(id, x, y, { r, ink: "text", tint, hollow }), ...ring];
}

/** The ground shows through dots whose life is over, where they are large enough to be hollow. */
export function endedDots(own: SpotNode, ended: readonly number[], { zoom, visible }: { zoom: number; visible: Box | null }): DotMark[] {
  const { disc } = own.spot;
  if (!disc || dotRadius(disc.pitch) * zoom < HOLLOW_PX) return [];
  const middle = middleOf(own);
  const r = dotRadius(disc.pitch) * HOLE;
  const dots = ended.filter((at) => at < disc.count).map((at) => {
    const place = dotAt(disc, at);
    return dotMark(own.shown.id, middle.x + place.x, middle.y + place.y, { r, ink: "bg" });
  });
  return visible ? dots.filter(({ x, y }) => x >= visible.x && x <= visible.x + visible.w && y >= visible.y && y <= visible.y + visible.h) : dots;
}

/** A dot that is looked at stands out from its disc, with the line from its creator. */
export function markedDot(layout: Layout, { of, at }: DotPlace, zoom: number): Mark[] {
  const node = layout.placed.get(of);
  const disc = node?.spot?.disc;
  if (!node || !disc || at >= disc.count) return [];
  const middle = middleOf(node);
  const own = dotAt(disc, at);
  const [x, y] = [middle.x + own.x, middle.y + own.y];
  const r = Math.max(dotRadius(disc.pitch), 3 / zoom);
  const start = node.shown.kind === "focus" ? Math.min(1, (OWN_DOT + 3) / Math.hypot(own.x, own.y)) : 0;
  const line: LinkMark = { kind: "link", id: of, ...straight({ x: middle.x + own.x * start, y: middle.y + own.y * start }, { x, y }), w: 1.5 / zoom, ink: "action", alpha: 1 };
  return [line, dotMark(of, x, y, { r: r + 2 / zoom, ink: "bg" }), dotMark(of, x, y, { r, ink: "action" }), { kind: "ring", id: of, x, y, r: r + 3.5 / zoom, line: 1.5, ink: "text", alpha: 1 }];
}
