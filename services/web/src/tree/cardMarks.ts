/** The shapes of one card: its box, its dot, its caret, its histogram. */

import { BARS_GAP, CARET, DOT, hasCaret, hasDot, PAD } from "./cards";
import { dotMark } from "./discDots";
import type { Placed } from "./layout";
import type { BarMark, BoxMark, CaretMark, DotMark, Ink, Mark } from "./marks";
import type { DiscFacts } from "./spotScene";
import { ASSET_DOT } from "./spots";
import { isOfToday, tintOf } from "./tints";

interface State {
  readonly zoom: number;
  readonly path: ReadonlySet<string>;
  readonly selected: ReadonlySet<string>;
  readonly hovered: string | null;
  readonly discs: Pick<DiscFacts, "colouring" | "scale">;
}

/** Below this height on the screen a card is only its box. */
const DETAIL_PX = 15;
const MOST_BARS = 24;
const BAR_HEIGHT = 15;
const BAR_GAP = 0.75;
/** From the dot to its ring. */
const TODAY = 2.5;

export function cardMarks(node: Placed, state: State): Mark[] {
  const box = boxMark(node, state);
  if (isTiny(node, state.zoom)) return [box.ink === "line" ? { ...box, line: 0 } : box];
  const marks: Mark[] = [box];
  if (hasDot(node.shown)) marks.push(...dotMarks(node, state.discs));
  if (hasCaret(node.shown)) marks.push(caretMark(node));
  return marks;
}

function boxMark(node: Placed, { path, selected, hovered }: State): BoxMark {
  const { id, kind, node: shownNode } = node.shown;
  const warm = WARM.has(kind) || shownNode?.way === true;
  const [marked, onPath] = [selected.has(id), path.has(id)];
  const strong = kind === "focus" || kind === "ancestors";
  const open = kind === "end" || kind === "loading";
  const leaf = kind === "asset" && !marked && !onPath;
  const ink: Ink = open ? "muted" : warm && (strong || onPath || shownNode?.way) ? "ancestry" : !warm && (marked || onPath) ? "action" : "line";
  return {
    kind: "box",
    id,
    x: node.x,
    y: node.y,
    w: node.w,
    h: node.h,
    fill: marked ? "selected" : hovered === id ? "raised" : leaf ? null : "surface",
    ink,
    alpha: 1,
    line: leaf ? 0 : strong || marked ? 1.5 : 1,
    dashed: open,
  };
}

const WARM = new Set(["end", "ancestors", "ancestor", "focus", "life", "maker", "lives"]);

/** The dot of an account, in the colour of what is known of it; with a ring where that is what it holds today. */
function dotMarks(node: Placed, { colouring, scale }: State["discs"]): Mark[] {
  const { node: account, kind, id } = node.shown;
  if (kind === "asset") return [dotMark(id, node.x + PAD + 4.5, node.y + node.h / 2, { r: ASSET_DOT, ink: "text", hollow: !account!.asset, diamond: true })];
  const parent = kind === "child" && account!.count !== null;
  const chain = kind === "ancestor" || kind === "life" || kind === "maker" || account!.way;
  const ink: Ink = chain ? "ancestry" : parent ? "action" : "muted";
  const r = parent || chain ? 4.5 : 3;
  const tint = tintOf(account!, colouring, scale);
  const place = { id, x: node.x + PAD + 4.5, y: node.y + node.h / 2, ink, tint, alpha: 1 };
  const dot: DotMark = { kind: "dot", ...place, r, hollow: account!.merged };
  return tint?.colouring === "balance" && isOfToday(account!) ? [dot, { kind: "ring", ...place, r: r + TODAY, line: 1.25 }] : [dot];
}

function caretMark(node: Placed): CaretMark {
  const { id, toggle } = node.shown;
  const x = node.x + node.w - PAD - CARET / 2 + 8;
  return { kind: "caret", id, x, y: node.y + node.h / 2, size: 7, open: toggle === "collapse", ink: "muted", alpha: 1 };
}

/** Counts by time as bars, each as high as its share of the highest; months are joined until they fit. */
export function barMarks(node: Placed, zoom: number): BarMark[] {
  const { card, shown } = node;
  if (card.bars === 0 || isTiny(node, zoom)) return [];
  const counts = joined(shown.counts, MOST_BARS);
  const highest = Math.max(...counts);
  const pitch = card.bars / Math.max(counts.length, 12);
  const left = node.x + node.w - PAD - card.bars - (hasCaret(shown) ? CARET : 0) + (card.bars - pitch * counts.length);
  const base = node.y + (node.h + BAR_HEIGHT) / 2;
  return counts.flatMap((count, at) => {
    if (count === 0) return [];
    const h = Math.max(1.5, (count / highest) * BAR_HEIGHT);
    const bar = { x: left + at * pitch, y: base - h, w: pitch - BAR_GAP, h };
    return [{ kind: "bar" as const, id: shown.id, ...bar, ink: "action" as const, alpha: 0.8 }];
  });
}

/** At most `most` sums of equally many neighbours. */
export function joined(counts: readonly number[], most: number): number[] {
  const size = Math.ceil(counts.length / most);
  const sums: number[] = [];
  for (let at = 0; at < counts.length; at += size)
    sums.push(counts.slice(at, at + size).reduce((sum, count) => sum + count, 0));
  return sums;
}

/** On the screen too low for anything beside its title. */
export function isTiny({ h }: Placed, zoom: number): boolean {
  return h * zoom < DETAIL_PX;
}

/** Where texts may stand on the card, left and right. */
export function textRoom(node: Placed, zoom: number): { left: number; right: number } {
  const { shown, card, x, w } = node;
  if (isTiny(node, zoom)) return { left: x + TINY_PAD, right: x + w - TINY_PAD };
  const aside = (hasCaret(shown) ? CARET : 0) + (card.bars ? card.bars + BARS_GAP : 0);
  return { left: x + PAD + (hasDot(shown) ? DOT : 0), right: x + w - PAD - aside };
}

const TINY_PAD = 6;
