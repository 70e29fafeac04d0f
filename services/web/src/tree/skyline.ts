/** How far what already stands reaches up or down, along the way: what comes next stands just beyond it. */

import type { Box } from "./layout";

/** Pixels that share one height. */
const STEP = 8;

export class Skyline {
  private readonly heights = new Map<number, number>();

  /** -1: upwards, 1: downwards. */
  constructor(private readonly side: -1 | 1) {}

  add(box: Box): void {
    for (const step of stepsOf(box)) this.heights.set(step, Math.max(this.heights.get(step) ?? -Infinity, this.far(box)));
  }

  /** How far boxes have to move up or down together so that each stands beyond what is there, `gap` apart. */
  shiftOf(boxes: readonly Box[], gap: number): number {
    let shift = -Infinity;
    for (const box of boxes)
      for (const step of stepsOf(box)) shift = Math.max(shift, (this.heights.get(step) ?? -Infinity) + gap - this.near(box));
    return Number.isFinite(shift) ? this.side * shift : 0;
  }

  private far({ y, h }: Box): number {
    return this.side === 1 ? y + h : -y;
  }

  private near({ y, h }: Box): number {
    return this.side === 1 ? y : -(y + h);
  }
}

function* stepsOf({ x, w }: Box): Generator<number> {
  for (let step = Math.floor(x / STEP); step <= Math.floor((x + w) / STEP); step += 1) yield step;
}
