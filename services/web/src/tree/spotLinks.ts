/** Curves between dots: warm along the chain, cool to accounts that have children, quiet to all else. */

import { isAnew, stubMark } from "./edges";
import { isBefore, type ShownKind } from "./fold";
import { type Box, type Layout, middleOf, type SpotNode } from "./layout";
import type { Ink, LinkMark, Mark } from "./marks";
import { OWN_DOT, rimOf } from "./spots";

type Curve = Pick<LinkMark, "x0" | "y0" | "cx0" | "cy0" | "cx1" | "cy1" | "x1" | "y1">;
interface Point {
  readonly x: number;
  readonly y: number;
}
interface State {
  readonly zoom: number;
  readonly visible: Box | null;
  readonly path: ReadonlySet<string>;
}

const WARM = new Set<ShownKind>(["end", "ancestors", "ancestor", "focus", "life", "maker", "lives"]);

/** It belongs to the chain. */
export function isWarm(kind: ShownKind): boolean {
  return WARM.has(kind);
}

/** Every curve, those on the path last so that they lie on top. */
export function linksOf(layout: Layout, { path, visible, zoom }: State): Mark[] {
  const links: Mark[] = [];
  for (const node of layout.placed.values()) {
    const parent = node.shown.parent === null ? undefined : layout.placed.get(node.shown.parent);
    const link = parent ? linkOf(parent as SpotNode, node as SpotNode, { zoom, onPath: path.has(node.shown.id) }) : stubMark(node);
    if (link && isSeen(link, visible)) links.push(link);
  }
  return links.toSorted((a, b) => Number(path.has(a.id)) - Number(path.has(b.id)));
}

function isSeen({ x0, y0, x1, y1 }: { x0: number; y0: number; x1: number; y1: number }, visible: Box | null): boolean {
  if (!visible) return true;
  const { x, y, w, h } = visible;
  return Math.min(x0, x1) <= x + w && Math.max(x0, x1) >= x && Math.min(y0, y1) <= y + h && Math.max(y0, y1) >= y;
}

function linkOf(parent: SpotNode, node: SpotNode, { zoom, onPath }: { zoom: number; onPath: boolean }): LinkMark {
  const { id, kind } = node.shown;
  if (isBefore(kind)) return { kind: "link", id, ...along(node, parent), w: (onPath ? 2 : 1.25) / zoom, ink: "ancestry", alpha: onPath ? 1 : 0.8, dashed: isAnew(kind) };
  const warm = isWarm(kind) || node.shown.node?.way === true;
  const ink: Ink = warm ? "ancestry" : onPath || node.shown.node?.count ? "action" : "muted";
  const width = warm ? (onPath ? 2.5 : 2) : onPath ? 2 : 1;
  const curve = isWarm(kind) ? along(parent, node) : outward(parent, node, onPath);
  return { kind: "link", id, ...curve, w: width / zoom, ink, alpha: warm || onPath ? 1 : 0.55 };
}

/** From hop to hop, level at both ends; the last one bends up to the middle of the disc. */
function along(parent: SpotNode, node: SpotNode): Curve {
  const [from, to] = [middleOf(parent), middleOf(node)];
  const [x0, x1] = [from.x + parent.spot.r, to.x - (node.shown.kind === "focus" ? OWN_DOT : node.spot.r)];
  const bend = (x1 - x0) / 2;
  return { x0, y0: from.y, cx0: x0 + bend, cy0: from.y, cx1: x1 - bend, cy1: to.y, x1, y1: to.y };
}

/** From the rim of what it grows from; on the path from the very middle. */
function outward(parent: SpotNode, node: SpotNode, onPath: boolean): Curve {
  const [from, to] = [middleOf(parent), middleOf(node)];
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const own = parent.spot.disc && parent.shown.kind === "focus" ? rimOf(parent.spot.disc) + 4 : parent.spot.r;
  const start = onPath && parent.shown.kind === "focus" ? OWN_DOT + 2 : own;
  const reach = Math.hypot(to.x - from.x, to.y - from.y);
  const part = isWarm(parent.shown.kind) || parent.spot.disc ? angle : parent.spot.angle;
  const bend = Math.max(0, reach - start - node.spot.r) / 2;
  const [x0, y0] = [from.x + start * Math.cos(angle), from.y + start * Math.sin(angle)];
  const [x1, y1] = [to.x - node.spot.r * Math.cos(node.spot.angle), to.y - node.spot.r * Math.sin(node.spot.angle)];
  return {
    x0,
    y0,
    cx0: x0 + bend * Math.cos(part),
    cy0: y0 + bend * Math.sin(part),
    cx1: x1 - bend * Math.cos(node.spot.angle),
    cy1: y1 - bend * Math.sin(node.spot.angle),
    x1,
    y1,
  };
}

export function straight(from: Point, to: Point): Curve {
  return { x0: from.x, y0: from.y, cx0: from.x, cy0: from.y, cx1: to.x, cy1: to.y, x1: to.x, y1: to.y };
}
