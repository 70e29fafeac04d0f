/**
 * Labels: never under 12 px on the screen, never over each other. On small zooms a text keeps its size while its card
 * shrinks; when there is no room, the less important gives way: path, selection, named accounts, then by size.
 */

import { DETAIL, MONO, TITLE } from "./cards";
import { isTiny, textRoom } from "./cardMarks";
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

const RANK = { path: 0, selection: 1, origin: 2, named: 3, fold: 4, descendant: 5 };

interface State {
  readonly zoom: number;
  readonly path: ReadonlySet<string>;
  readonly selected: ReadonlySet<string>;
}

export function candidateOf(node: Placed, { zoom, path, selected }: State): Candidate {
  const { card, shown } = node;
  const { id } = shown;
  const middle = node.y + node.h / 2;
  const two = card.lines === 2;
  const rank = path.has(id) ? RANK.path : selected.has(id) ? RANK.selection : rankOf(node);
  const common = { id, ...textRoom(node, zoom) };
  // However small its card, what the user looks for keeps its name.
  const right = rank <= RANK.selection && isTiny(node, zoom) ? Infinity : common.right;
  const texts = detailsAt(node, zoom);
  const look = { font: titleFont(node), ink: titleInk(node), cut: Boolean(shown.node?.name), end: false };
  const detail = { font: DETAIL, ink: "muted" as const, cut: false, end: !two, h: two ? node.h / 2 : node.h };
  return {
    rank,
    weight: shown.node?.count?.value ?? shown.hidden,
    title: { ...common, ...look, right, texts: card.titles, y: middle + (two ? FIRST_LINE : 0), h: Infinity },
    detail: texts.length > 0 ? { ...common, ...detail, texts, y: middle + (two ? SECOND_LINE : 0) } : null,
    middle,
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
    const label: LabelMark = { kind: "label", id, text, x: end ? right : left, y, w: measure(text, font), end, font, ink, alpha: 1 };
    const around = aroundLabel(label);
    if (taken.isFree({ ...around, x: around.x - GAP / 2, w: around.w + GAP })) return label;
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

function sized(font: Font, zoom: number): Font {
  return { ...font, size: Math.max(font.size, SMALLEST_PX / zoom) };
}

function rankOf({ shown }: Placed): number {
  if (shown.kind === "focus" || shown.kind === "ancestor") return RANK.origin;
  if (shown.node?.name) return RANK.named;
  return shown.kind === "child" ? RANK.descendant : RANK.fold;
}

function titleFont({ card, shown }: Placed): Font {
  const font = card.mono ? MONO : TITLE;
  return shown.node?.name || shown.kind === "focus" ? { ...font, weight: 600 } : font;
}

function titleInk({ shown }: Placed): Ink {
  if (shown.kind === "ancestors") return "ancestry";
  return shown.node && shown.kind !== "end" && shown.kind !== "undated" ? "text" : "muted";
}

/** Rows of boxes, so that a test looks at neighbours alone. */
class Taken {
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
