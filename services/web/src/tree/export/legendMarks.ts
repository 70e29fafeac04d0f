/** The legend of the page as marks, in lines below a picture. */

import { formatCount } from "@/formats/amounts";
import { VALUED } from "../cards";
import { dotMark } from "../discDots";
import type { Legend, LegendRow, Sign } from "../legend";
import type { Ink, LabelMark, Mark } from "../marks";
import type { Font, Measure } from "../measure";
import { AGE_STEPS } from "../rings/colours";

/** Where lines begin, and how far they may reach, in pixels of the layout. */
export interface Room {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  /** Of the layout for one of the screen. */
  readonly px: number;
  readonly measure: Measure;
}

/** In pixels of the screen. */
export const LINE = 20;
const SIZE = 12;
const GAP = 20;
const SIGN = 16;
const DOT = 4;
const PALE_ALPHA = 0.25;
const RAMP = { w: 112, h: 7, gap: 6 };
const TEXT: Font = { face: "sans", size: SIZE, weight: 400 };
const TITLE: Font = { face: "sans", size: SIZE, weight: 500 };

/** The marks, and how high their lines are together. */
export function legendMarks(legend: Legend, room: Room): { marks: Mark[]; h: number } {
  const pen = new Pen(room);
  pen.flow(pen.text(legend.title, "text", TITLE));
  if (legend.ramp) pen.ramp(legend.ramp);
  for (const row of legend.rows) pen.row(row);
  if (legend.known) {
    pen.newLine();
    for (const word of legend.known.split(" ")) pen.flow(pen.text(word, "muted"), SIZE / 3);
  }
  return { marks: pen.marks, h: pen.height };
}

/** A thing of one line: how wide it is, and its marks once its place is known. */
interface Piece {
  readonly w: number;
  readonly at: (x: number, y: number) => Mark[];
}

/** Writes pieces side by side, in the next line where there is no room for one. */
class Pen {
  readonly marks: Mark[] = [];
  private left = 0;
  private lines = 1;

  constructor(private readonly room: Room) {}

  get height(): number {
    return this.lines * LINE * this.room.px;
  }

  newLine(): void {
    this.lines += 1;
    this.left = 0;
  }

  flow({ w, at }: Piece, gap = GAP): void {
    const { x, y, px } = this.room;
    if (this.left > 0 && this.left + w > this.room.w) this.newLine();
    this.marks.push(...at(x + this.left, y + (this.lines - 0.5) * LINE * px));
    this.left += w + gap * px;
  }

  text(text: string, ink: Ink, face = TEXT): Piece {
    const font = { face: face.face, size: face.size * this.room.px, weight: face.weight };
    const w = this.room.measure(text, font);
    const label = (x: number, y: number): LabelMark => ({ kind: "label", id: "", text, x, y, w, end: false, font, ink, alpha: 1, halo: false });
    return { w, at: (x, y) => [label(x, y)] };
  }

  ramp({ from, to }: NonNullable<Legend["ramp"]>): void {
    const { px } = this.room;
    this.flow(this.text(from, "muted"), RAMP.gap);
    this.flow({ w: RAMP.w * px, at: (x, y) => this.steps(x, y) }, RAMP.gap);
    this.flow(this.text(to, "muted"));
  }

  /** Every step of the ramp, each a little wider than its part, so that no ground shines through. */
  private steps(x: number, y: number): Mark[] {
    const { px } = this.room;
    const w = (RAMP.w * px) / AGE_STEPS;
    const bar = { kind: "bar" as const, id: "", y: y - (RAMP.h / 2) * px, h: RAMP.h * px, ink: "muted" as const, alpha: 1 };
    return Array.from({ length: AGE_STEPS }, (_, at) => Object.assign({ x: x + at * w, w: w * (at < AGE_STEPS - 1 ? 1.5 : 1), tint: { colouring: "age" as const, step: at + 1 } }, bar));
  }

  row({ sign, text, count }: LegendRow): void {
    const words = this.text(text, "muted");
    const number = count === null ? null : this.text(formatCount(count), "text");
    const [aside, space] = [SIGN * this.room.px, (SIZE / 2) * this.room.px];
    this.flow({
      w: aside + words.w + (number ? space + number.w : 0),
      at: (x, y) => [...this.sign(sign, x, y), ...words.at(x + aside, y), ...(number ? number.at(x + aside + words.w + space, y) : [])],
    });
  }

  private sign(sign: Sign, x: number, y: number): Mark[] {
    const r = DOT * this.room.px;
    if (typeof sign === "object") return [dotMark("", x + r, y, { r, ink: "muted", tint: sign })];
    switch (sign) {
      case "path":
        return [dotMark("", x + r, y, { r, ink: "ancestry" })];
      case "hollow":
        return [dotMark("", x + r, y, { r, ink: "text", hollow: true })];
      case "pale":
        return [{ ...dotMark("", x + r, y, { r, ink: "text" }), alpha: PALE_ALPHA }];
      case "life":
        return [dotMark("", x + r, y, { r, ink: "ancestry", hollow: true })];
      case "asset":
        return [dotMark("", x + r, y, { r: 1.2 * r, ink: "text", diamond: true })];
      case "valued":
        return this.text(VALUED, "text").at(x, y);
    }
  }
}
