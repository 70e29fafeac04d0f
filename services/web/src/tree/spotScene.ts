/** The marks of a layout of dots: discs with their years, stems, dots, shoots, names. */

import type { ShownKind } from "./fold";
import type { Colouring } from "./forms";
import { type Box, type Layout, middleOf, type Placed, type SpotNode } from "./layout";
import { dotMark, endedDots, knownDot, markedDot } from "./discDots";
import { type DiscMark, type Ink, type Mark, MOST_MARKS, type RingMark, VISIBLE_PX } from "./marks";
import type { Measure } from "./measure";
import type { AgeScale } from "./rings/colours";
import type { KnownDot } from "./rings/places";
import type { YearMark } from "./rings/years";
import { shootMarks } from "./shootMarks";
import { placeSpotLabels } from "./spotLabels";
import { isWarm, linksOf } from "./spotLinks";
import { OWN_DOT, rimOf } from "./spots";
import { isOfToday, tintOf } from "./tints";
import type { DotPlace } from "./types";
import type { Within } from "./within";

/** What is known of the dots on discs, by the node they belong to. */
export interface DiscFacts {
  readonly tints: ReadonlyMap<string, Uint8Array | null>;
  readonly colouring: Colouring;
  /** What is not created within steps back. */
  readonly within: Within | null;
  /** Of ages. */
  readonly scale: AgeScale;
  /** Dots of the account's own disc that stand for accounts of which more is known than of the others. */
  readonly known: readonly KnownDot[];
  /** Dots of the account's own disc of whose life it is known that it is over. */
  readonly ended: readonly number[];
  /** Of the account's own disc. */
  readonly years: readonly YearMark[];
  /** Dots that are selected or under the pointer. */
  readonly marked: readonly DotPlace[];
}

export const NO_DISCS: DiscFacts = { tints: new Map(), colouring: "age", within: null, scale: { from: 0, to: 0 }, known: [], ended: [], years: [], marked: [] };

interface State {
  readonly zoom: number;
  readonly visible: Box | null;
  readonly covered: Box | null;
  readonly path: ReadonlySet<string>;
  readonly selected: ReadonlySet<string>;
  readonly hovered: string | null;
  readonly measure: Measure;
  readonly discs: DiscFacts;
}

/** Years closer than this on the screen are left out. */
const RING_GAP_PX = 17;
const RIM = 2.5;
/** From a dot to the ring that says that it is told what is held today. */
const TODAY = 3;

export function spotMarks(layout: Layout, seen: readonly Placed[], state: State): Mark[] {
  const nodes = seen.filter(isSpot).filter(({ w, spot }) => Math.max(w, spot.disc ? 2 * rimOf(spot.disc) : 0) * state.zoom >= VISIBLE_PX);
  const discs = nodes.flatMap((node) => discMarks(node, state));
  const links = linksOf(layout, state);
  const dots = nodes.flatMap((node) => dotMarks(node, state));
  const own = nodes.find(({ shown }) => shown.kind === "focus");
  const known = own ? state.discs.known.flatMap((dot) => knownDot(own, dot, { zoom: state.zoom, colouring: state.discs.colouring })) : [];
  const ended = own ? endedDots(own, state.discs.ended, state) : [];
  const marked = state.discs.marked.flatMap((place) => markedDot(layout, place, state.zoom));
  const { years, labels } = placeSpotLabels(nodes, { ...state, years: yearsShown(layout, state) });
  const room = MOST_MARKS - discs.length - links.length - dots.length - known.length - marked.length - years.length - labels.length;
  const shoots = nodes.flatMap((node) => shootMarks(node, state.zoom));
  const left = Math.max(0, room - (shoots.length <= room ? shoots.length : 0));
  return [...discs, ...ended.slice(0, left), ...known, ...links, ...(shoots.length <= room ? shoots : []), ...dots, ...years, ...marked, ...labels.slice(0, Math.max(0, labels.length + room))];
}

function isSpot(node: Placed): node is SpotNode {
  return node.spot !== null;
}

function discMarks({ shown, spot, x, y }: SpotNode, { discs, path, zoom }: State): Mark[] {
  const { disc, r } = spot;
  if (!disc) return [];
  const id = shown.id;
  const middle = { x: x + r, y: y + r };
  const whole: DiscMark = { kind: "disc", id, ...middle, disc, tints: discs.tints.get(id) ?? null, colouring: discs.colouring, ink: "muted", alpha: 1 };
  if (shown.kind === "focus") return [whole];
  const rim: RingMark = { kind: "ring", id, ...middle, r: r + RIM / Math.min(1, zoom), line: path.has(id) ? 2 : 1.25, ink: shown.node?.address || path.has(id) ? "action" : "line", tint: shown.node && tintOf(shown.node, discs.colouring, discs.scale), alpha: 1, dashed: shown.node?.merged === true };
  return [whole, rim];
}

function dotMarks({ shown, spot, x, y }: SpotNode, { path, selected, hovered, discs }: State): Mark[] {
  const { r, disc } = spot;
  const [cx, cy] = [x + r, y + r];
  const { id, kind, node } = shown;
  const lit = selected.has(id) || hovered === id;
  const around: Mark[] = lit ? [{ kind: "ring", id, x: cx, y: cy, r: r + 5, line: 1.5, ink: kind === "child" || kind === "span" ? "action" : isWarm(kind) ? "ancestry" : "muted", alpha: 1 }] : [];
  if (kind === "focus") return [...around, dotMark(id, cx, cy, { r: OWN_DOT + 3.5, ink: "bg" }), dotMark(id, cx, cy, { r: OWN_DOT - 2, ink: "ancestry", hollow: node!.merged })];
  const tint = node && tintOf(node, discs.colouring, discs.scale);
  if (tint?.colouring === "balance" && isOfToday(node!)) around.push({ kind: "ring", id, x: cx, y: cy, r: r + TODAY, line: 1.25, ink: "muted", tint, alpha: 1 });
  if (disc) return around;
  const hollow = node?.merged === true || HOLLOW.has(kind) || (kind === "asset" && !node!.asset);
  return [...around, dotMark(id, cx, cy, { r, diamond: kind === "asset", ink: node?.way ? "ancestry" : inkOf(kind, node?.count !== null && node !== null, path.has(id)), hollow, tint })];
}

const HOLLOW = new Set<ShownKind>(["more", "siblings", "unlisted", "loading", "end", "assets"]);

function inkOf(kind: ShownKind, parent: boolean, onPath: boolean): Ink {
  if (isWarm(kind)) return kind === "end" ? "muted" : "ancestry";
  if (kind === "asset") return "text";
  return onPath || (kind === "child" && parent) ? "action" : "muted";
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
