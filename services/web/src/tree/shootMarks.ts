/** The marks of twigs and buds. */

import { dotMark } from "./discDots";
import { middleOf, type SpotNode } from "./layout";
import type { LinkMark, Mark } from "./marks";
import { type Bud, BUD, budsOf, TWIG, twigEnds } from "./shoots";
import { straight } from "./spotLinks";

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Smaller ones on the screen are left out. */
const LEAST_PX = 7;
const TIP = { r: 1.8, length: 7, most: 4, apart: 0.5 };
const GAP = 3;

export function shootMarks(node: SpotNode, zoom: number): Mark[] {
  const twigs = TWIG * zoom < LEAST_PX ? [] : twigEnds(node).flatMap((end) => [stem(node, end, zoom), dotMark(node.shown.id, end.x, end.y, { r: TIP.r, ink: "muted" })]);
  const buds = BUD * zoom < LEAST_PX ? [] : budsOf(node).flatMap((bud) => budMarks(node, bud, zoom));
  return [...twigs, ...buds];
}

/** A stem to an account that has children, and a few of these. */
function budMarks(node: SpotNode, bud: Bud, zoom: number): Mark[] {
  const { id } = node.shown;
  const count = Math.min(TIP.most, bud.children);
  const tips = Array.from({ length: count }, (_, at) => {
    const angle = bud.angle + (at - (count - 1) / 2) * TIP.apart;
    return lineOf(id, { from: around(bud, angle, bud.r), to: around(bud, angle, bud.r + TIP.length), zoom });
  });
  return [stem(node, bud, zoom), ...tips, dotMark(id, bud.x, bud.y, { r: bud.r, ink: "action" })];
}

function stem(node: SpotNode, end: Point, zoom: number): LinkMark {
  const middle = middleOf(node);
  const angle = Math.atan2(end.y - middle.y, end.x - middle.x);
  return lineOf(node.shown.id, { from: around(middle, angle, node.spot.r + GAP), to: end, zoom });
}

function lineOf(id: string, { from, to, zoom }: { from: Point; to: Point; zoom: number }): LinkMark {
  return { kind: "link", id, ...straight(from, to), w: 1 / Math.max(zoom, 0.5), ink: "muted", alpha: 0.55 };
}

function around({ x, y }: Point, angle: number, far: number): Point {
  return { x: x + far * Math.cos(angle), y: y + far * Math.sin(angle) };
}
