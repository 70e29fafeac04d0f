/** What lies under a point: a node, else a dot of a disc. Nodes do not overlap, so there is at most one; cells keep the search short. */

import { CARET, hasCaret, PAD } from "./cards";
import { type Layout, middleOf, type Placed } from "./layout";
import { nearestDot } from "./rings/spiral";
import { rimOf } from "./spots";
import type { DotPlace } from "./types";

export interface Hit {
  readonly id: string;
  /** The caret at the right end of a card opens and closes it. A dot is a child of the node. */
  readonly part: "card" | "caret" | "dot";
  readonly dot: DotPlace | null;
}

const CELL = 96;
const CARET_ROOM = PAD + CARET + 4;
/** Dots of another account's disc are looked at one by one when they are as far apart on the screen. */
const APART_PX = 4;
/** Of dots; cards end at their border. */
const SPOT_SLACK = 4;

const indexes = new WeakMap<Layout, HitIndex>();

/** The index of a layout, made once. */
export function hitsOf(layout: Layout): HitIndex {
  const index = indexes.get(layout) ?? new HitIndex(layout);
  indexes.set(layout, index);
  return index;
}

export class HitIndex {
  private readonly cells = new Map<string, Placed[]>();
  private readonly discs: readonly Placed[];
  private readonly spots: boolean;

  constructor(layout: Layout) {
    this.spots = layout.form !== "tidy";
    this.discs = [...layout.placed.values()].filter(({ spot, shown }) => spot?.disc && shown.node?.address);
    for (const node of layout.placed.values()) {
      for (let column = cellOf(node.x); column <= cellOf(node.x + node.w); column += 1)
        for (let row = cellOf(node.y); row <= cellOf(node.y + node.h); row += 1) this.add(`${column} ${row}`, node);
    }
  }

  /** What is at the point, or within `slack` of it, nearest first; `zoom` says whether dots can be told apart. */
  at(x: number, y: number, { slack = 0, zoom = 1 }: { slack?: number; zoom?: number } = {}): Hit | null {
    return this.dotAt(x, y, zoom) ?? this.nodeAt(x, y, slack);
  }

  private dotAt(x: number, y: number, zoom: number): Hit | null {
    for (const node of this.discs) {
      const disc = node.spot!.disc!;
      const own = node.shown.kind === "focus";
      const middle = middleOf(node);
      const far = Math.hypot(x - middle.x, y - middle.y);
      const inHole = own && far < node.spot!.r + SPOT_SLACK;
      if (far > rimOf(disc) || inHole || (!own && disc.pitch * zoom < APART_PX)) continue;
      const place = nearestDot((x - middle.x) / disc.pitch, (y - middle.y) / disc.pitch, disc.count + disc.hole);
      if (place === null || place < disc.hole) continue;
      return { id: node.shown.id, part: "dot", dot: { of: node.shown.id, at: place - disc.hole } };
    }
    return null;
  }

  private nodeAt(x: number, y: number, given: number): Hit | null {
    const slack = this.spots ? Math.max(given, SPOT_SLACK) : given;
    let nearest: Placed | null = null;
    let least = slack;
    for (const node of this.around(x, y, slack)) {
      const distance = distanceTo(node, x, y);
      if (distance > least || (nearest && distance === least)) continue;
      [nearest, least] = [node, distance];
    }
    if (!nearest) return null;
    const onCaret = !nearest.spot && hasCaret(nearest.shown) && x >= nearest.x + nearest.w - CARET_ROOM;
    return { id: nearest.shown.id, part: onCaret ? "caret" : "card", dot: null };
  }

  private add(cell: string, node: Placed): void {
    const there = this.cells.get(cell);
    if (there) there.push(node);
    else this.cells.set(cell, [node]);
  }

  private *around(x: number, y: number, slack: number): Generator<Placed> {
    for (let column = cellOf(x - slack); column <= cellOf(x + slack); column += 1)
      for (let row = cellOf(y - slack); row <= cellOf(y + slack); row += 1) yield* this.cells.get(`${column} ${row}`) ?? [];
  }
}

function cellOf(at: number): number {
  return Math.floor(at / CELL);
}

function distanceTo({ x, y, w, h }: Placed, px: number, py: number): number {
  return Math.hypot(Math.max(x - px, 0, px - x - w), Math.max(y - py, 0, py - y - h));
}
