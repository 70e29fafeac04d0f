/** What a painter can paint. Positions are pixels of the layout; colours are names of tokens. */

import type { Colouring } from "./forms";
import type { Box } from "./layout";
import type { Font } from "./measure";
import type { Disc } from "./spots";
import type { Tint } from "./tints";

export type Ink = "bg" | "surface" | "raised" | "selected" | "line" | "text" | "muted" | "ancestry" | "action";

interface Painted {
  /** Of the node it belongs to. */
  readonly id: string;
  readonly ink: Ink;
  /** Instead of its ink: what is known of an account. */
  readonly tint?: Tint | null;
  readonly alpha: number;
}
export interface BoxMark extends Painted, Box {
  readonly kind: "box";
  readonly fill: Ink | null;
  /** Of the border, in screen pixels; 0: none. */
  readonly line: number;
  readonly dashed: boolean;
}
/** From a parent's right side to a child's left side, as wide as it begins and ends. */
export interface EdgeMark extends Painted {
  readonly kind: "edge";
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  readonly w0: number;
  readonly w1: number;
  readonly dashed: boolean;
}
export interface DotMark extends Painted {
  readonly kind: "dot";
  readonly x: number;
  readonly y: number;
  readonly r: number;
  readonly hollow: boolean;
  /** Instead of round. */
  readonly diamond?: boolean;
}
export interface BarMark extends Painted, Box {
  readonly kind: "bar";
}
export interface CaretMark extends Painted {
  readonly kind: "caret";
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly open: boolean;
}
export interface LabelMark extends Painted {
  readonly kind: "label";
  readonly text: string;
  /** Where it begins, or ends, and its vertical middle. */
  readonly x: number;
  readonly y: number;
  /** Of the text, to hold the room it takes. */
  readonly w: number;
  /** It ends at `x`. */
  readonly end: boolean;
  readonly font: Font;
  /** It stands free: what passes behind it is kept off its letters. */
  readonly halo: boolean;
}
/** A curve between two dots, with both of its control points. */
export interface LinkMark extends Painted {
  readonly kind: "link";
  readonly x0: number;
  readonly y0: number;
  readonly cx0: number;
  readonly cy0: number;
  readonly cx1: number;
  readonly cy1: number;
  readonly x1: number;
  readonly y1: number;
  readonly w: number;
  readonly dashed?: boolean;
}
/** A circle. */
export interface RingMark extends Painted {
  readonly kind: "ring";
  readonly x: number;
  readonly y: number;
  readonly r: number;
  /** In screen pixels. */
  readonly line: number;
  readonly dashed?: boolean;
}
/** Any number of dots, painted as one picture. */
export interface DiscMark extends Painted {
  readonly kind: "disc";
  readonly x: number;
  readonly y: number;
  readonly disc: Disc;
  /** Which colour of the palette each dot has; null: all are unknown. */
  readonly tints: Uint8Array | null;
  readonly colouring: Colouring;
}
export type Mark = BoxMark | EdgeMark | DotMark | BarMark | CaretMark | LabelMark | LinkMark | RingMark | DiscMark;

/** Never more marks than this in a scene. */
export const MOST_MARKS = 2_000;
/** What is smaller than this many screen pixels both ways is left out. */
export const VISIBLE_PX = 2;
