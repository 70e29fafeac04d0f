/** Writes a scene as one SVG file, complete in itself. */

import type { BoxMark, CaretMark, DotMark, EdgeMark, LabelMark, Mark } from "../marks";
import type { Scene } from "../scene";
import type { Tokens } from "../tokens";
import { bandOf, caretPoints, curveOf, isBand, RADIUS } from "./geometry";

const MARGIN = 24;

export function toSvg(scene: Scene, tokens: Tokens, title: string): string {
  const { x, y, w, h } = scene.bounds;
  const frame = [x - MARGIN, y - MARGIN, w + 2 * MARGIN, h + 2 * MARGIN].map(short);
  const [left, top, width, height] = frame;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${frame.join(" ")}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="${tokens.ink.bg}"/>`,
    ...scene.marks.map((mark) => markOf(mark, tokens)),
    "</svg>",
    "",
  ].join("\n");
}

function markOf(mark: Mark, tokens: Tokens): string {
  const ink = escaped(tokens.ink[mark.ink]);
  switch (mark.kind) {
    case "edge":
      return edgeOf(mark, ink);
    case "box":
      return boxOf(mark, ink, mark.fill ? escaped(tokens.ink[mark.fill]) : "none");
    case "dot":
      return dotOf(mark, ink);
    case "bar":
      return `<rect ${sized(mark)} fill="${ink}"${opacity(mark)}/>`;
    case "caret":
      return caretOf(mark, ink);
    case "label":
      return labelOf(mark, ink, escaped(tokens.face[mark.font.face]));
  }
}

function edgeOf(edge: EdgeMark, ink: string): string {
  if (!isBand(edge)) {
    const { x0, y0, bend, x1, y1 } = curveOf(edge);
    const path = `M${pair(x0, y0)}C${pair(bend, y0)} ${pair(bend, y1)} ${pair(x1, y1)}`;
    return `<path d="${path}" fill="none" stroke="${ink}" stroke-width="${short(edge.w0)}"${opacity(edge)}/>`;
  }
  const [upper, lower] = bandOf(edge);
  const there = `M${pair(upper.x0, upper.y0)}C${pair(upper.bend, upper.y0)} ${pair(upper.bend, upper.y1)} ${pair(upper.x1, upper.y1)}`;
  const back = `L${pair(lower.x1, lower.y1)}C${pair(lower.bend, lower.y1)} ${pair(lower.bend, lower.y0)} ${pair(lower.x0, lower.y0)}Z`;
  return `<path d="${there}${back}" fill="${ink}"${opacity(edge)}/>`;
}

function boxOf(box: BoxMark, ink: string, fill: string): string {
  const dashes = box.dashed ? ' stroke-dasharray="4 3"' : "";
  const border = box.line > 0 ? ` stroke="${ink}" stroke-width="${short(box.line)}"${dashes}` : "";
  return `<rect ${sized(box)} rx="${RADIUS}" fill="${fill}"${border}/>`;
}

function dotOf({ x, y, r, hollow }: DotMark, ink: string): string {
  const style = hollow ? `fill="none" stroke="${ink}" stroke-width="1.5"` : `fill="${ink}"`;
  return `<circle cx="${short(x)}" cy="${short(y)}" r="${short(hollow ? r - 0.75 : r)}" ${style}/>`;
}

function caretOf(caret: CaretMark, ink: string): string {
  const points = caretPoints(caret).map(([x, y]) => pair(x, y));
  return `<polygon points="${points.join(" ")}" fill="${ink}"/>`;
}

function labelOf({ text, x, y, end, font }: LabelMark, ink: string, family: string): string {
  const style = `font-family="${family}" font-size="${short(font.size)}" font-weight="${font.weight}"${end ? ' text-anchor="end"' : ""}`;
  return `<text x="${short(x)}" y="${short(y)}" dominant-baseline="central" ${style} fill="${ink}">${escaped(text)}</text>`;
}

function sized({ x, y, w, h }: { x: number; y: number; w: number; h: number }): string {
  return `x="${short(x)}" y="${short(y)}" width="${short(w)}" height="${short(h)}"`;
}

function opacity({ alpha }: Mark): string {
  return alpha < 1 ? ` opacity="${short(alpha)}"` : "";
}

function pair(x: number, y: number): string {
  return `${short(x)},${short(y)}`;
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
