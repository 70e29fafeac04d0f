/** The marks of a layout of dots: discs with their years, stems, dots, twigs, names. */

import type { ShownKind } from "./fold";
import type { Colouring } from "./forms";
import { type Box, type Layout, middleOf, type Placed, type SpotNode } from "./layout";
import { type DiscMark, type DotMark, type Ink, type LinkMark, type Mark, MOST_MARKS, type RingMark, VISIBLE_PX } from "./marks";
import type { Measure } from "./measure";
import type { YearMark } from "./rings/years";
import { unitPlaces } from "./rings/spiral";
import { placeSpotLabels } from "./spotLabels";
import { isWarm, linksOf, straight } from "./spotLinks";
import { type Disc, dotRadius, OWN_DOT, rimOf } from "./spots";
import { TWIG, twigEnds } from "./twigs";
import type { DotPlace } from "./types";

/** What is known of the dots on discs, by the node they belong to. */
export interface DiscFacts {
  readonly tints: ReadonlyMap<string, Uint8Array>;
  readonly colouring: Colouring;
  /** Of the account's own disc. */
  readonly years: readonly YearMark[];
  /** Dots that are selected or under the pointer. */
  readonly marked: readonly DotPlace[];
}

export const NO_DISCS: DiscFacts = { tints: new Map(), colouring: "age", years: [], marked: [] };

interface State {
  readonly zoom: number;
  readonly visible: Box | null;
  readonly path: ReadonlySet<string>;
  readonly selected: ReadonlySet<string>;
  readonly hovered: string | null;
  readonly measure: Measure;
  readonly discs: DiscFacts;
}

/** Years closer than this on the screen are left out. */
const RING_GAP_PX = 17;
const TWIG_PX = 7;
const RIM = 2.5;

export function spotMarks(layout: Layout, seen: readonly Placed[], state: State): Mark[] {
  const nodes = seen.filter(isSpot).filter(({ w }) => w * state.zoom >= VISIBLE_PX);
  const discs = nodes.flatMap((node) => discMarks(node, state));
  const links = linksOf(layout, state);
  const dots = nodes.flatMap((node) => dotMarks(node, state));
  const marked = state.discs.marked.flatMap((place) => markedDot(layout, place, state));
  const { years, labels } = placeSpotLabels(nodes, { ...state, years: yearsShown(layout, state) });
  const room = MOST_MARKS - discs.length - links.length - dots.length - marked.length - years.length - labels.length;
  const twigs = nodes.flatMap((node) => twigMarks(node, state));
  return [...discs, ...links, ...(twigs.length <= room ? twigs : []), ...dots, ...years, ...marked, ...labels.slice(0, Math.max(0, labels.length + room))];
}

function isSpot(node: Placed): node is SpotNode {
  return node.spot !== null;
}

/** Where the dot with that place lies, from the middle of its disc. */
export function dotAt({ pitch, hole }: Disc, at: number): { x: number; y: number } {
  const places = unitPlaces(at + hole + 1);
  return { x: pitch * places[2 * (at + hole)]!, y: pitch * places[2 * (at + hole) + 1]! };
}

function discMarks({ shown, spot, x, y }: SpotNode, { discs, path, zoom }: State): Mark[] {
  const { disc, r } = spot;
  if (!disc) return [];
  const id = shown.id;
  const middle = { x: x + r, y: y + r };
  const whole: DiscMark = { kind: "disc", id, ...middle, disc, tints: discs.tints.get(id) ?? null, colouring: discs.colouring, ink: "muted", alpha: 1 };
  if (shown.kind === "focus") return [whole];
  const rim: RingMark = { kind: "ring", id, ...middle, r: r + RIM / Math.min(1, zoom), line: path.has(id) ? 2 : 1.25, ink: shown.node?.address || path.has(id) ? "action" : "line", alpha: 1 };
  return [whole, rim];
}

function dotMarks({ shown, spot, x, y }: SpotNode, { path, selected, hovered }: State): Mark[] {
  const { r, disc } = spot;
  const [cx, cy] = [x + r, y + r];
  const { id, kind, node } = shown;
  const lit = selected.has(id) || hovered === id;
  const around: Mark[] = lit ? [{ kind: "ring", id, x: cx, y: cy, r: r + 5, line: 1.5, ink: kind === "child" || kind === "span" ? "action" : isWarm(kind) ? "ancestry" : "muted", alpha: 1 }] : [];
  if (kind === "focus") return [...around, dot(id, cx, cy, { r: OWN_DOT + 3.5, ink: "bg" }), dot(id, cx, cy, { r: OWN_DOT - 2, ink: "ancestry", hollow: node!.merged })];
  if (disc) return around;
  const hollow = node?.merged === true || kind === "more" || kind === "unlisted" || kind === "loading" || kind === "end";
  return [...around, dot(id, cx, cy, { r, ink: inkOf(kind, node?.count !== null && node !== null, path.has(id)), hollow })];
}

function inkOf(kind: ShownKind, parent: boolean, onPath: boolean): Ink {
  if (isWarm(kind)) return kind === "end" ? "muted" : "ancestry";
  return onPath || (kind === "child" && parent) ? "action" : "muted";
}

function dot(id: string, x: number, y: number, { r, ink, hollow = false }: { r: number; ink: Ink; hollow?: boolean }): DotMark {
  return { kind: "dot", id, x, y, r, hollow, ink, alpha: 1 };
}

function twigMarks(node: SpotNode, { zoom }: State): Mark[] {
  if (TWIG * zoom < TWIG_PX) return [];
  const middle = middleOf(node);
  const id = node.shown.id;
  return twigEnds(node).flatMap((end) => {
    const near = (node.spot.r + 2) / Math.hypot(end.x - middle.x, end.y - middle.y);
    const start = { x: middle.x + near * (end.x - middle.x), y: middle.y + near * (end.y - middle.y) };
    const line: LinkMark = { kind: "link", id, ...straight(start, end), w: 1 / Math.max(zoom, 0.5), ink: "muted", alpha: 0.55 };
    return [line, dot(id, end.x, end.y, { r: 1.8, ink: "muted" })];
  });
}

/** Years on the own disc, from the rim inwards, as far apart as they can be read. */
function yearsShown(layout: Layout, { discs, zoom }: State): { mark: RingMark; year: string }[] {
  const own = [...layout.placed.values()].find(({ shown }) => shown.kind === "focus");
  const disc = own?.spot?.disc;
  if (!disc) return [];
  let outer = rimOf(disc) * zoom + RING_GAP_PX / 2;
  const shown: { mark: RingMark; year: string }[] = [];
  for (const { year, before } of discs.years.toReversed()) {
    const r = disc.pitch * Math.sqrt(before + disc.hole);
    if (outer - r * zoom < RING_GAP_PX || r * zoom < 2 * RING_GAP_PX) continue;
    outer = r * zoom;
    shown.push({ year, mark: { kind: "ring", id: own.shown.id, ...middleOf(own), r, line: 1, ink: "text", alpha: 0.4 } });
  }
  return shown;
}

/** A dot that is looked at stands out from its disc, with the line from its creator. */
function markedDot(layout: Layout, { of, at }: DotPlace, { zoom }: State): Mark[] {
  const node = layout.placed.get(of);
  const disc = node?.spot?.disc;
  if (!node || !disc || at >= disc.count) return [];
  const middle = middleOf(node);
  const own = dotAt(disc, at);
  const [x, y] = [middle.x + own.x, middle.y + own.y];
  const r = Math.max(dotRadius(disc.pitch), 3 / zoom);
  const start = node.shown.kind === "focus" ? Math.min(1, (OWN_DOT + 3) / Math.hypot(own.x, own.y)) : 0;
  const line: LinkMark = { kind: "link", id: of, ...straight({ x: middle.x + own.x * start, y: middle.y + own.y * start }, { x, y }), w: 1.5 / zoom, ink: "action", alpha: 1 };
  return [line, dot(of, x, y, { r: r + 2 / zoom, ink: "bg" }), dot(of, x, y, { r, ink: "action" }), { kind: "ring", id: of, x, y, r: r + 3.5 / zoom, line: 1.5, ink: "text", alpha: 1 }];
}
