/** What a painter can paint. Positions are pixels of the layout; colours are names of tokens. */

import type { Box } from "./layout";
import type { Font } from "./measure";

export type Ink = "bg" | "surface" | "raised" | "selected" | "line" | "text" | "muted" | "ancestry" | "action";

interface Painted {
  /** Of the node it belongs to. */
  readonly id: string;
  readonly ink: Ink;
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
}
export interface DotMark extends Painted {
  readonly kind: "dot";
  readonly x: number;
  readonly y: number;
  readonly r: number;
  readonly hollow: boolean;
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
}
export type Mark = BoxMark | EdgeMark | DotMark | BarMark | CaretMark | LabelMark;
