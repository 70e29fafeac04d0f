/**
 * Labels: never under 12 px on the screen, never over each other. On small zooms a text keeps its size while its card
 * shrinks; when there is no room, the less important gives way: path, selection, named accounts, then by size.
 */

import { DETAIL, MONO, TITLE } from "./cards";
import { textRoom } from "./cardMarks";
import type { Box, Placed } from "./layout";
import { fitted, type Font, type Measure } from "./measure";
import type { Ink, LabelMark } from "./marks";

export const SMALLEST_PX = 12;
const LINE_HEIGHT = 1.25;
/** Of a card with two lines: their middles, from its top. */
const FIRST_LINE = 14;
const SECOND_LINE = 29;
const GAP = 8;

export interface Candidate {
  readonly id: string;
  readonly text: string;
  readonly font: Font;
  readonly ink: Ink;
  readonly rank: number;
  /** Among equals, the larger first. */
  readonly weight: number;
  readonly left: number;
  readonly right: number;
  readonly y: number;
  readonly end: boolean;
  /** Height of the card, which the text should not leave. */
  readonly h: number;
}

const RANK = { path: 0, selection: 1, origin: 2, named: 3, fold: 4, descendant: 5, detail: 10 };

interface State {
  readonly zoom: number;
  readonly path: ReadonlySet<string>;
  readonly selected: ReadonlySet<string>;
}

export function candidatesOf(node: Placed, { path, selected }: State): Candidate[] {
  const { card, shown } = node;
  const { left, right } = textRoom(node);
  const rank = path.has(shown.id) ? RANK.path : selected.has(shown.id) ? RANK.selection : rankOf(node);
  const weight = shown.node?.count?.value ?? shown.hidden;
  const common = { id: shown.id, weight, left, right, h: node.h };
  const middle = node.y + node.h / 2;
  const two = card.lines === 2;
  const title = { text: card.title, font: titleFont(node), ink: titleInk(node), rank, end: false };
  const candidates: Candidate[] = [{ ...common, ...title, y: two ? node.y + FIRST_LINE : middle }];
  if (card.detail) {
    const detail = { text: card.detail, font: DETAIL, ink: "muted" as const, rank: rank + RANK.detail, end: !two };
    candidates.push({ ...common, ...detail, y: two ? node.y + SECOND_LINE : middle });
  }
  return candidates;
}

/** Those that find room, texts shortened where that is enough. */
export function placeLabels(candidates: readonly Candidate[], zoom: number, measure: Measure): LabelMark[] {
  const taken = new Taken();
  const labels: LabelMark[] = [];
  for (const candidate of candidates.toSorted((a, b) => a.rank - b.rank || b.weight - a.weight)) {
    const label = labelOf(candidate, { zoom, measure, taken });
    if (!label) continue;
    taken.add(aroundLabel(label));
    labels.push(label);
  }
  return labels;
}

/** The room a label takes. */
export function aroundLabel({ x, y, w, font }: LabelMark): Box {
  const h = font.size * LINE_HEIGHT;
  return { x, y: y - h / 2, w, h };
}

function labelOf(candidate: Candidate, { zoom, measure, taken }: { zoom: number; measure: Measure; taken: Taken }): LabelMark | null {
  const { id, ink, y, end, left, right } = candidate;
  const size = Math.max(candidate.font.size, SMALLEST_PX / zoom);
  const font = { ...candidate.font, size };
  const full = measure(candidate.text, font);
  const detail = candidate.rank >= RANK.detail;
  if (detail && (full > right - left || size * LINE_HEIGHT > candidate.h)) return null;
  const text = detail ? candidate.text : fitted(candidate.text, right - left, font, measure);
  if (!text) return null;
  const w = text === candidate.text ? full : measure(text, font);
  const label: LabelMark = { kind: "label", id, text, x: end ? right - w : left, y, w, font, ink, alpha: 1 };
  const { x, y: top, h } = aroundLabel(label);
  return taken.isFree({ x: x - GAP / 2, y: top, w: w + GAP, h }) ? label : null;
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
