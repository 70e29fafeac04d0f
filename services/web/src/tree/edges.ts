/** Edges: warm towards the origin, cool to accounts that have children, quiet bands to groups, the wider the more. */

import { isBefore, type ShownKind } from "./fold";
import type { Placed } from "./layout";
import type { EdgeMark, Ink } from "./marks";

const THIN = 1;
const ANCESTRY = 2;
const PATH = 2;
/** Widest band, for a million accounts. */
const BAND = 7;
const MILLION = 6;
const STUB = 2_400;

interface Style {
  readonly ink: Ink;
  readonly alpha: number;
  readonly w0: number;
  readonly w1: number;
}

export function edgeMark(parent: Placed, node: Placed, { zoom, onPath }: { zoom: number; onPath: boolean }): EdgeMark {
  const style = styleOf(node, onPath);
  const [from, to] = isBefore(node.shown.kind) ? [node, parent] : [parent, node];
  // A line thinner than a screen pixel only gets paler, so it keeps its width on the screen.
  const least = Math.max(style.w1, THIN / Math.max(zoom, 0.01));
  return {
    kind: "edge",
    id: node.shown.id,
    x0: from.x + from.w,
    y0: from.y + from.h / 2,
    x1: to.x,
    y1: to.y + to.h / 2,
    dashed: isAnew(node.shown.kind),
    ...style,
    w0: Math.max(style.w0, THIN / Math.max(zoom, 0.01)),
    w1: least,
  };
}

/** The chain goes on to the left of what is folded. */
export function stubMark(node: Placed): EdgeMark | null {
  if (node.shown.kind !== "ancestors") return null;
  const y = node.y + node.h / 2;
  return { kind: "edge", id: node.shown.id, x0: node.x - STUB, y0: y, x1: node.x, y1: y, ink: "ancestry", alpha: 1, w0: ANCESTRY, w1: ANCESTRY, dashed: false };
}

/** From an earlier life to the next one: the same account, created anew. */
export function isAnew(kind: ShownKind): boolean {
  return kind === "life" || kind === "lives";
}

function styleOf({ shown }: Placed, onPath: boolean): Style {
  const { kind } = shown;
  if (kind === "focus" || kind === "ancestor" || kind === "ancestors" || shown.node?.way) return line("ancestry", 1, onPath ? 2.5 : ANCESTRY);
  if (isBefore(kind)) return line("ancestry", onPath ? 1 : 0.8, onPath ? PATH : 1.25);
  if (onPath) return line("action", 1, PATH);
  if (kind === "child") return shown.node!.count ? line("action", 0.62, 1.25) : line("muted", 0.5, THIN);
  const accounts = shown.node?.count?.value ?? shown.hidden;
  const width = THIN + (BAND - THIN) * Math.min(1, Math.log10(Math.max(1, accounts)) / MILLION) ** 2;
  return { ink: "muted", alpha: 0.42, w0: THIN, w1: width };
}

function line(ink: Ink, alpha: number, width: number): Style {
  return { ink, alpha, w0: width, w1: width };
}
