/**
 * Labels: never under 12 px on the screen, never over each other. On small zooms a text keeps its size while its card
 * shrinks; when there is no room, the less important gives way: path, selection, the account's own
 * chain, accounts of high value, named ones, then by size.
 */

import { DETAIL, MONO, TITLE } from "./cards";
import { isTiny, textRoom } from "./cardMarks";
import { isBefore } from "./fold";
import type { Box, Placed } from "./layout";
import { fitted, type Font, type Measure } from "./measure";
import type { Ink, LabelMark } from "./marks";

export const SMALLEST_PX = 12;
/** From the top of a capital to the foot of a g, and a little air. */
const LINE_HEIGHT = 1.1;
/** Of a card with two lines: their middles, from its middle. */
const FIRST_LINE = -8;
const SECOND_LINE = 8;
const GAP = 8;

/** One text that would like to stand somewhere. */
interface Line {
  readonly id: string;
  readonly texts: readonly string[];
  readonly font: Font;
  readonly ink: Ink;
  readonly left: number;
  readonly right: number;
  readonly y: number;
  /** At the right end. */
  readonly end: boolean;
  /** It may end in an ellipsis. */
  readonly cut: boolean;
  /** The most it may be high; of a title nothing, for it may be higher than its small card. */
  readonly h: number;
}
/** The texts of a card. The title goes first, the detail only with it. */
export interface Candidate {
  readonly rank: number;
  /** Among equals, the larger first. */
  readonly weight: number;
  readonly title: Line;
  readonly detail: Line | null;
  /** Where the title stands when there is no detail. */
  readonly middle: number;
}

export const RANK = { path: 0, selection: 1, origin: 2, valued: 3, named: 4, fold: 5, descendant: 6, asset: 7 };

interface State {
  readonly zoom: number;
  readonly path: ReadonlySet<string>;
  readonly selected: ReadonlySet<string>;
}

export function candidateOf(node: Placed, { zoom, path, selected }: State): Candidate {
  const { shown } = node;
  const rank = rankOf(node, { path, selected });
  return {
    rank,
    weight: shown.node?.count?.value ?? shown.hidden,
    title: titleLine(node, zoom, rank),
    detail: detailLine(node, zoom),
    middle: node.y + node.h / 2,
  };
}

// Literals, not spreads: this runs for every card of every frame, and a spread costs more than all else here.
function titleLine(node: Placed, zoom: number, rank: number): Line {
  const { card, shown } = node;
  const room = textRoom(node, zoom);
  return {
    id: shown.id,
    texts: card.titles,
    font: titleFont(node),
    ink: titleInk(node),
    left: room.left,
    // However small its card, what the user looks for keeps its name.
    right: rank <= RANK.selection && isTiny(node, zoom) ? Infinity : room.right,
    y: node.y + node.h / 2 + (card.lines === 2 ? FIRST_LINE : 0),
    end: false,
    cut: Boolean(shown.node?.name),
    h: Infinity,
  };
}

function detailLine(node: Placed, zoom: number): Line | null {
  const texts = detailsAt(node, zoom);
  if (texts.length === 0) return null;
  const room = textRoom(node, zoom);
  const two = node.card.lines === 2;
  return {
    id: node.shown.id,
    texts,
    font: DETAIL,
    ink: "muted",
    left: room.left,
    right: room.right,
    y: node.y + node.h / 2 + (two ? SECOND_LINE : 0),
    end: !two,
    cut: false,
    h: two ? node.h / 2 : node.h,
  };
}

/** What stands beside the title. On tiny cards all have the same, or they would tell of a difference that is none. */
function detailsAt(node: Placed, zoom: number): readonly string[] {
  if (!isTiny(node, zoom)) return node.card.details;
  return node.shown.kind === "span" ? node.card.details.slice(-1) : [];
}

/** Those that find room, each in the longest form that fits. */
export function placeLabels(candidates: readonly Candidate[], zoom: number, measure: Measure): LabelMark[] {
  const taken = new Taken();
  const labels: LabelMark[] = [];
  const place = (line: Line): LabelMark | null => {
    const label = labelOf(line, { zoom, measure, taken });
    if (!label) return null;
    taken.add(aroundLabel(label));
    labels.push(label);
    return label;
  };
  for (const { title, detail, middle } of candidates.toSorted((a, b) => a.rank - b.rank || b.weight - a.weight)) {
    const under = detail && !detail.end && fits(detail, zoom, measure) ? detail : null;
    const placed = place(under || detail?.end ? title : { ...title, y: middle });
    if (placed && (under || detail?.end)) place(detail!);
  }
  return labels;
}

/** The room a label takes. */
export function aroundLabel({ x, y, w, end, font }: LabelMark): Box {
  const h = font.size * LINE_HEIGHT;
  return { x: end ? x - w : x, y: y - h / 2, w, h };
}

function labelOf(line: Line, { zoom, measure, taken }: { zoom: number; measure: Measure; taken: Taken }): LabelMark | null {
  const { id, ink, y, end, left, right } = line;
  const font = sized(line.font, zoom);
  if (font.size * LINE_HEIGHT > line.h) return null;
  for (const text of textsIn(line, font, measure)) {
    const label: LabelMark = { kind: "label", id, text, x: end ? right : left, y, w: measure(text, font), end, font, ink, alpha: 1, halo: false };
    const around = aroundLabel(label);
    if (taken.isFree({ x: around.x - GAP / 2, y: around.y, w: around.w + GAP, h: around.h })) return label;
  }
  return null;
}

/** The forms that fit in the room of the line, longest first. */
function textsIn({ texts, left, right, cut }: Line, font: Font, measure: Measure): string[] {
  const fitting = texts.filter((text) => measure(text, font) <= right - left);
  if (fitting.length > 0 || !cut) return fitting;
  const short = fitted(texts[0]!, right - left, font, measure);
  return short ? [short] : [];
}

function fits(line: Line, zoom: number, measure: Measure): boolean {
  const font = sized(line.font, zoom);
  return font.size * LINE_HEIGHT <= line.h && textsIn(line, font, measure).length > 0;
}

function sized({ face, size, weight }: Font, zoom: number): Font {
  return { face, size: Math.max(size, SMALLEST_PX / zoom), weight };
}

/** Which name gives way to which: the lower, the more important. */
export function rankOf({ shown }: Placed, { path, selected }: Pick<State, "path" | "selected">): number {
  if (path.has(shown.id)) return RANK.path;
  if (selected.has(shown.id)) return RANK.selection;
  if (shown.kind === "focus" || shown.kind === "ancestor" || isBefore(shown.kind) || shown.node?.way) return RANK.origin;
  if (shown.node?.face?.is_hva) return RANK.valued;
  if (shown.node?.name) return RANK.named;
  if (shown.kind === "asset") return RANK.asset;
  return shown.kind === "child" ? RANK.descendant : RANK.fold;
}

export function titleFont({ card, shown }: Placed): Font {
  const font = card.mono ? MONO : TITLE;
  return shown.node?.name || shown.kind === "focus" || shown.node?.way ? { face: font.face, size: font.size, weight: 600 } : font;
}

export function titleInk({ shown }: Placed): Ink {
  if (shown.kind === "ancestors") return "ancestry";
  return shown.node && shown.kind !== "end" && shown.kind !== "undated" ? "text" : "muted";
}

/** Rows of boxes, so that a test looks at neighbours alone. */
export class Taken {
  private readonly rows = new Map<number, Box[]>();
  private static readonly HEIGHT = 64;

  add(box: Box): void {
    for (const row of rowsOf(box, Taken.HEIGHT)) this.rows.set(row, [...(this.rows.get(row) ?? []), box]);
  }

  isFree(box: Box): boolean {
    return rowsOf(box, Taken.HEIGHT).every((row) => !(this.rows.get(row) ?? []).some((other) => overlap(box, other)));
  }
}

function rowsOf({ y, h }: Box, height: number): number[] {
  const rows: number[] = [];
  for (let row = Math.floor(y / height); row <= Math.floor((y + h) / height); row += 1) rows.push(row);
  return rows;
}

/** The boxes share some room; touching is not sharing. */
export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
