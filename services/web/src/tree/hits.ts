/** Which node lies under a point. Cards do not overlap, so there is at most one; cells keep the search short. */

import { CARET, hasCaret, PAD } from "./cards";
import type { Layout, Placed } from "./layout";

export interface Hit {
  readonly id: string;
  /** The caret at the right end of a card opens and closes it. */
  readonly part: "card" | "caret";
}

const CELL = 96;
const CARET_ROOM = PAD + CARET + 4;

const indexes = new WeakMap<Layout, HitIndex>();

/** The index of a layout, made once. */
export function hitsOf(layout: Layout): HitIndex {
  const index = indexes.get(layout) ?? new HitIndex(layout);
  indexes.set(layout, index);
  return index;
}

export class HitIndex {
  private readonly cells = new Map<string, Placed[]>();

  constructor(layout: Layout) {
    for (const node of layout.placed.values()) {
      for (let column = cellOf(node.x); column <= cellOf(node.x + node.w); column += 1)
        for (let row = cellOf(node.y); row <= cellOf(node.y + node.h); row += 1) this.add(`${column} ${row}`, node);
    }
  }

  /** What is at the point, or within `slack` of it, nearest first. */
  at(x: number, y: number, slack = 0): Hit | null {
    let nearest: Placed | null = null;
    let least = slack;
    for (const node of this.around(x, y, slack)) {
      const distance = distanceTo(node, x, y);
      if (distance > least || (nearest && distance === least)) continue;
      [nearest, least] = [node, distance];
    }
    if (!nearest) return null;
    const onCaret = hasCaret(nearest.shown) && x >= nearest.x + nearest.w - CARET_ROOM;
    return { id: nearest.shown.id, part: onCaret ? "caret" : "card" };
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
