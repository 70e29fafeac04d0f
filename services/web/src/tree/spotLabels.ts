/** Names beside dots: level, 12 px or more, never over each other, a dot or a disc; the less important gives way. */

import { DETAIL } from "./cards";
import { aroundLabel, RANK, rankOf, SMALLEST_PX, Taken, titleFont, titleInk } from "./labels";
import { type Box, middleOf, type SpotNode } from "./layout";
import type { BoxMark, Ink, LabelMark, Mark, RingMark } from "./marks";
import type { Font, Measure } from "./measure";
import { rimOf } from "./spots";
import { BUD, budsOf, TWIG, twigEnds } from "./shoots";

interface State {
  readonly zoom: number;
  readonly visible: Box | null;
  readonly covered: Box | null;
  readonly path: ReadonlySet<string>;
  readonly selected: ReadonlySet<string>;
  readonly measure: Measure;
  readonly years: readonly { readonly mark: RingMark; readonly year: string }[];
}
/** A line of text: its title, and what stands behind it. */
interface Words {
  readonly parts: readonly { readonly text: string; readonly font: Font; readonly ink: Ink; readonly w: number }[];
  readonly w: number;
  readonly h: number;
}

const GAP = 6;
const SHOOT_END = 3;
const LINE = 1.1;
/** Up to which part of the way sideways a name is still centred over or under its dot. */
const SIDEWAYS = 0.38;
const YEAR: Font = { face: "sans", size: 12, weight: 500 };
const PILL = 3;
/** Of an address the shorter forms tell nobody apart. */
const MOST_TITLES = 2;

/** Rings of years with their names on top, and the names of nodes. */
export function placeSpotLabels(nodes: readonly SpotNode[], state: State): { years: Mark[]; labels: LabelMark[] } {
  const taken = new Taken();
  if (state.covered) taken.add(state.covered);
  const round: Round[] = [];
  for (const node of nodes) {
    if (node.spot.disc && node.shown.kind === "focus") round.push({ ...middleOf(node), r: rimOf(node.spot.disc) });
    else taken.add(node);
    for (const { x, y } of [...twigEnds(node), ...budsOf(node)]) taken.add({ x: x - SHOOT_END, y: y - SHOOT_END, w: 2 * SHOOT_END, h: 2 * SHOOT_END });
  }
  const years = state.years.flatMap((year) => yearMarks(year, state));
  const ranked = nodes.map((node) => ({ node, rank: rankOf(node, state), weight: node.shown.node?.count?.value ?? node.shown.hidden }));
  const labels = ranked.toSorted((a, b) => a.rank - b.rank || b.weight - a.weight).flatMap(({ node }) => labelsOf(node, { ...state, taken, round }));
  return { years, labels };
}

interface Round {
  readonly x: number;
  readonly y: number;
  readonly r: number;
}
type Room = State & { readonly taken: Taken; readonly round: readonly Round[] };

/** A name is on the screen as a whole, or not at all; of what is looked at, and of what lies beyond the screen, as far as it is. */
function labelsOf(node: SpotNode, room: Room): LabelMark[] {
  const { visible } = room;
  if (node.shown.kind === "focus" && node.spot.disc) return [];
  const whole = visible ? placed(node, room, visible) : [];
  const cut = !visible || !contains(visible, node) || rankOf(node, room) <= RANK.selection;
  return whole.length === 0 && cut ? placed(node, room, null) : whole;
}

function placed(node: SpotNode, room: Room, screen: Box | null): LabelMark[] {
  for (const words of wordsOf(node, room)) {
    for (const at of placesOf(node, words, room.zoom)) {
      const box = { x: at.x - GAP / 2 / room.zoom, y: at.y, w: words.w + GAP / room.zoom, h: words.h };
      if (screen && !contains(screen, box)) continue;
      if (!room.taken.isFree(box) || room.round.some((disc) => touches(box, disc))) continue;
      room.taken.add({ ...at, w: words.w, h: words.h });
      return marksOf(node.shown.id, words, { ...at, gap: GAP / room.zoom });
    }
  }
  return [];
}

/** On the screen as large as it is drawn at zoom 1, a little smaller when zoomed out, never under 12 px. */
function spotFont({ face, size, weight }: Font, zoom: number): Font {
  return { face, size: Math.max(SMALLEST_PX, size * Math.min(1, zoom)) / zoom, weight };
}

/** From the whole line to the shortest title alone. */
function wordsOf(node: SpotNode, { zoom, measure }: State): Words[] {
  const { card, shown } = node;
  const title = { font: spotFont(titleFont(node), zoom), ink: titleInk(node) };
  const detail = { font: spotFont(DETAIL, zoom), ink: "muted" as const };
  const lineOf = (text: string, aside: string | undefined): Words => {
    const parts = [{ ...title, text, w: measure(text, title.font) }];
    if (aside) parts.push({ ...detail, text: aside, w: measure(aside, detail.font) });
    return { parts, w: parts.reduce((sum, { w }) => sum + w, (parts.length - 1) * GAP / zoom), h: title.font.size * LINE };
  };
  const titles = card.mono && shown.kind !== "focus" ? card.titles.slice(1) : card.titles;
  const plain = shown.kind === "focus" || (shown.kind === "child" && !shown.node?.count);
  const aside = plain ? undefined : card.details.at(-1);
  return [...(aside ? [lineOf(titles[0]!, aside)] : []), ...titles.slice(0, MOST_TITLES).map((text) => lineOf(text, undefined))];
}

/** Where a line may begin, the best place first. */
function placesOf(node: SpotNode, { w, h }: Words, zoom: number): { x: number; y: number }[] {
  const { angle, r, twigs, buds, label } = node.spot;
  const { x, y } = middleOf(node);
  const gap = GAP / zoom;
  const far = r + gap + (buds && buds.length > 0 ? BUD + GAP : twigs > 0 ? TWIG : 0);
  const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
  const right = { x: x + r + gap, y: y - h / 2 };
  const left = { x: x - r - gap - w, y: y - h / 2 };
  const over = { x: x - w / 2, y: y - far - h };
  const under = { x: x - w / 2, y: y + far };
  const beyond = { x: dx > 0 ? x + far * dx : x + far * dx - w, y: y + far * dy - h / 2 };
  const vertical = dy < 0 ? [over, beyond] : [under, beyond];
  const out = Math.abs(dx) < SIDEWAYS ? vertical : [beyond, ...vertical.slice(0, 1)];
  // The account itself: where its chain arrives is the one side without children.
  if (node.shown.kind === "focus") return [{ x: left.x, y: y - h - gap }, over, under];
  return label === "over" ? [over, under, right, left] : [...out, right, left];
}

function marksOf(id: string, { parts, h }: Words, { x, y, gap }: { x: number; y: number; gap: number }): LabelMark[] {
  let start = x;
  return parts.map(({ text, font, ink, w }) => {
    const label: LabelMark = { kind: "label", id, text, x: start, y: y + h / 2, w, end: false, font, ink, alpha: 1, halo: true };
    start += w + gap;
    return label;
  });
}

/** The year stands on its ring, over the middle. */
function yearMarks({ mark, year }: State["years"][number], { zoom, measure }: State): Mark[] {
  const font = spotFont(YEAR, zoom);
  const w = measure(year, font);
  const label: LabelMark = { kind: "label", id: mark.id, text: year, x: mark.x - w / 2, y: mark.y - mark.r, w, end: false, font, ink: "text", alpha: 1, halo: false };
  const around = aroundLabel(label);
  const pad = PILL / zoom;
  const pill: BoxMark = { kind: "box", id: mark.id, x: around.x - pad, y: around.y, w: around.w + 2 * pad, h: around.h, fill: "bg", ink: "bg", alpha: 0.82, line: 0, dashed: false };
  return [mark, pill, label];
}

function contains(outer: Box, { x, y, w, h }: Box): boolean {
  return x >= outer.x && x + w <= outer.x + outer.w && y >= outer.y && y + h <= outer.y + outer.h;
}

function touches(box: Box, { x, y, r }: Round): boolean {
  const dx = Math.max(box.x - x, 0, x - box.x - box.w);
  const dy = Math.max(box.y - y, 0, y - box.y - box.h);
  return Math.hypot(dx, dy) < r;
}
