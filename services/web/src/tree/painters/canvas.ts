/** Paints a scene on a canvas. */

import type { BoxMark, CaretMark, DotMark, EdgeMark, LabelMark, LinkMark, Mark, RingMark } from "../marks";
import type { Scene } from "../scene";
import type { Tokens } from "../tokens";
import type { DiscPictures } from "./discs";
import { bandOf, caretPoints, type Curve, curveOf, DASHES, diamondPoints, HALO, isBand, RADIUS } from "./geometry";
import { colourOf } from "./inks";

export type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
export interface View {
  /** Where the origin of the layout is, and how large one pixel of it is, both in CSS pixels. */
  readonly x: number;
  readonly y: number;
  readonly k: number;
}

/** Where the view looks, on a canvas of `ratio` device pixels to a CSS pixel. */
export interface Place {
  readonly view: View;
  readonly ratio: number;
}
export interface Paint extends Place {
  readonly tokens: Tokens;
  /** Keeps pictures of discs from one frame to the next. */
  readonly pictures: DiscPictures;
}

/** Paints onto a cleared canvas of `ratio` device pixels to a CSS pixel. */
export function paint(context: Context, scene: Scene, { tokens, pictures, ...at }: Paint): void {
  const { view, ratio } = at;
  pictures.begin();
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, context.canvas.width / ratio, context.canvas.height / ratio);
  context.setTransform(ratio * view.k, 0, 0, ratio * view.k, ratio * view.x, ratio * view.y);
  context.textBaseline = "middle";
  context.lineJoin = "round";
  const brush = new Brush(context, tokens, pictures, at);
  for (const mark of scene.marks) brush.mark(mark);
  context.globalAlpha = 1;
}

class Brush {
  private font = "";

  constructor(
    private readonly context: Context,
    private readonly tokens: Tokens,
    private readonly pictures: DiscPictures,
    private readonly at: Place,
  ) {}

  mark(mark: Mark): void {
    const { context } = this;
    context.globalAlpha = mark.alpha;
    context.fillStyle = context.strokeStyle = colourOf(mark, this.tokens);
    switch (mark.kind) {
      case "edge":
        return this.edge(mark);
      case "box":
        return this.box(mark);
      case "dot":
        return this.dot(mark);
      case "bar":
        return context.fillRect(mark.x, mark.y, mark.w, mark.h);
      case "caret":
        return this.caret(mark);
      case "label":
        return this.label(mark);
      case "link":
        return this.link(mark);
      case "ring":
        return this.ring(mark);
      case "disc":
        return this.pictures.paint(context, mark, { tokens: this.tokens, ...this.at });
    }
  }

  private link({ x0, y0, cx0, cy0, cx1, cy1, x1, y1, w, dashed }: LinkMark): void {
    const { context } = this;
    context.beginPath();
    context.moveTo(x0, y0);
    context.bezierCurveTo(cx0, cy0, cx1, cy1, x1, y1);
    context.lineWidth = w;
    this.stroke(dashed);
  }

  private ring({ x, y, r, line, dashed }: RingMark): void {
    const { context } = this;
    context.beginPath();
    context.arc(x, y, r, 0, 2 * Math.PI);
    context.lineWidth = line / this.at.view.k;
    this.stroke(dashed);
  }

  private stroke(dashed = false): void {
    if (dashed) this.context.setLineDash(DASHES);
    this.context.stroke();
    if (dashed) this.context.setLineDash([]);
  }

  private edge(edge: EdgeMark): void {
    const { context } = this;
    context.beginPath();
    if (!isBand(edge)) {
      this.along(curveOf(edge));
      context.lineWidth = edge.w0;
      return this.stroke(edge.dashed);
    }
    const [upper, lower] = bandOf(edge);
    this.along(upper);
    context.lineTo(lower.x1, lower.y1);
    context.bezierCurveTo(lower.bend, lower.y1, lower.bend, lower.y0, lower.x0, lower.y0);
    context.fill();
  }

  private along({ x0, y0, bend, x1, y1 }: Curve): void {
    this.context.moveTo(x0, y0);
    this.context.bezierCurveTo(bend, y0, bend, y1, x1, y1);
  }

  private box(box: BoxMark): void {
    const { context } = this;
    context.beginPath();
    context.roundRect(box.x, box.y, box.w, box.h, RADIUS);
    if (box.fill) {
      context.fillStyle = this.tokens.ink[box.fill];
      context.fill();
    }
    if (box.line === 0) return;
    context.lineWidth = box.line / Math.min(1, this.at.view.k);
    this.stroke(box.dashed);
  }

  private dot({ x, y, r, hollow, diamond }: DotMark): void {
    const { context } = this;
    const inner = hollow ? r - 0.75 : r;
    context.beginPath();
    if (diamond) {
      for (const [across, down] of diamondPoints({ x, y, r: inner })) context.lineTo(across, down);
      context.closePath();
    } else context.arc(x, y, inner, 0, 2 * Math.PI);
    context.lineWidth = 1.5;
    if (hollow) context.stroke();
    else context.fill();
  }

  private caret(caret: CaretMark): void {
    const { context } = this;
    context.beginPath();
    for (const [x, y] of caretPoints(caret)) context.lineTo(x, y);
    context.fill();
  }

  private label({ text, x, y, end, font, halo }: LabelMark): void {
    const css = `${font.weight} ${font.size}px ${this.tokens.face[font.face]}`;
    if (css !== this.font) this.context.font = this.font = css;
    this.context.textAlign = end ? "right" : "left";
    if (halo) {
      this.context.strokeStyle = this.tokens.ink.bg;
      this.context.lineWidth = HALO * font.size;
      this.context.strokeText(text, x, y);
    }
    this.context.fillText(text, x, y);
  }
}
