/** Writes a scene as one SVG file, complete in itself. */

import type { Box } from "../layout";
import type { BoxMark, CaretMark, DiscMark, DotMark, EdgeMark, LabelMark, LinkMark, Mark, RingMark } from "../marks";
import { dotColours } from "../rings/colours";
import type { Scene } from "../scene";
import { dotAt } from "../discDots";
import { dotRadius } from "../spots";
import type { Tokens } from "../tokens";
import { bandOf, caretPoints, curveOf, DASHES, diamondPoints, HALO, isBand, RADIUS } from "./geometry";
import { colourOf } from "./inks";

const MARGIN = 24;
const DASHED = ` stroke-dasharray="${DASHES.join(" ")}"`;
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const NO_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Surrogate}]/gu;

export interface SvgFacts {
  readonly title: string;
  /** The part that is shown, in pixels of the layout; without it all that stands in the scene. */
  readonly frame?: Box;
  /** Discs as pictures, with half of their side in pixels of the layout; the dots of others are written one by one. */
  readonly pictures?: ReadonlyMap<Mark, { readonly half: number; readonly url: string }>;
}
type Job = Required<Pick<SvgFacts, "pictures">> & { readonly tokens: Tokens; readonly zoom: number };

export function toSvg(scene: Scene, tokens: Tokens, { title, frame = margined(scene.bounds), pictures = new Map() }: SvgFacts): string {
  const { zoom } = scene;
  const size = `width="${short(frame.w * zoom)}" height="${short(frame.h * zoom)}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${[frame.x, frame.y, frame.w, frame.h].map(short).join(" ")}" ${size} role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect ${sized(frame)} fill="${escaped(tokens.ink.bg)}"/>`,
    ...scene.marks.map((mark) => markOf(mark, { tokens, zoom, pictures })),
    "</svg>",
    "",
  ].join("\n");
}

function margined({ x, y, w, h }: Box): Box {
  return { x: x - MARGIN, y: y - MARGIN, w: w + 2 * MARGIN, h: h + 2 * MARGIN };
}

function markOf(mark: Mark, job: Job): string {
  const { tokens, zoom } = job;
  const ink = escaped(colourOf(mark, tokens));
  switch (mark.kind) {
    case "edge":
      return edgeOf(mark, ink);
    case "box":
      return boxOf(mark, { ink, fill: mark.fill ? escaped(tokens.ink[mark.fill]) : "none", zoom });
    case "dot":
      return dotOf(mark, ink);
    case "bar":
      return `<rect ${sized(mark)} fill="${ink}"${opacity(mark)}/>`;
    case "caret":
      return caretOf(mark, ink);
    case "label":
      return labelOf(mark, { ink, ground: escaped(tokens.ink.bg), family: escaped(tokens.face[mark.font.face]) });
    case "link":
      return linkOf(mark, ink);
    case "ring":
      return ringOf(mark, ink, zoom);
    case "disc":
      return discOf(mark, job);
  }
}

function edgeOf(edge: EdgeMark, ink: string): string {
  if (!isBand(edge)) {
    const { x0, y0, bend, x1, y1 } = curveOf(edge);
    const path = `M${pair(x0, y0)}C${pair(bend, y0)} ${pair(bend, y1)} ${pair(x1, y1)}`;
    return `<path d="${path}" fill="none" stroke="${ink}" stroke-width="${short(edge.w0)}"${edge.dashed ? DASHED : ""}${opacity(edge)}/>`;
  }
  const [upper, lower] = bandOf(edge);
  const there = `M${pair(upper.x0, upper.y0)}C${pair(upper.bend, upper.y0)} ${pair(upper.bend, upper.y1)} ${pair(upper.x1, upper.y1)}`;
  const back = `L${pair(lower.x1, lower.y1)}C${pair(lower.bend, lower.y1)} ${pair(lower.bend, lower.y0)} ${pair(lower.x0, lower.y0)}Z`;
  return `<path d="${there}${back}" fill="${ink}"${opacity(edge)}/>`;
}

function boxOf(box: BoxMark, { ink, fill, zoom }: { ink: string; fill: string; zoom: number }): string {
  const dashes = box.dashed ? DASHED : "";
  const border = box.line > 0 ? ` stroke="${ink}" stroke-width="${short(box.line / Math.min(1, zoom))}"${dashes}` : "";
  return `<rect ${sized(box)} rx="${RADIUS}" fill="${fill}"${border}${opacity(box)}/>`;
}

function dotOf(dot: DotMark, ink: string): string {
  const { x, y, r, hollow } = dot;
  const style = hollow ? `fill="none" stroke="${ink}" stroke-width="1.5"` : `fill="${ink}"`;
  const inner = hollow ? r - 0.75 : r;
  if (dot.diamond) return `<polygon points="${diamondPoints({ x, y, r: inner }).map(([across, down]) => pair(across, down)).join(" ")}" ${style}${opacity(dot)}/>`;
  return `<circle cx="${short(x)}" cy="${short(y)}" r="${short(inner)}" ${style}${opacity(dot)}/>`;
}

function caretOf(caret: CaretMark, ink: string): string {
  const points = caretPoints(caret).map(([x, y]) => pair(x, y));
  return `<polygon points="${points.join(" ")}" fill="${ink}"${opacity(caret)}/>`;
}

/** As wide as it was measured, in whatever font the reader of the file has: no name runs into the next. */
function labelOf(label: LabelMark, { ink, ground, family }: { ink: string; ground: string; family: string }): string {
  const { text, x, y, w, end, font, halo } = label;
  const around = halo ? ` stroke="${ground}" stroke-width="${short(HALO * font.size)}" stroke-linejoin="round" paint-order="stroke"` : "";
  const style = `font-family="${family}" font-size="${short(font.size)}" font-weight="${font.weight}"${end ? ' text-anchor="end"' : ""} textLength="${short(w)}" lengthAdjust="spacingAndGlyphs"`;
  return `<text x="${short(x)}" y="${short(y)}" dominant-baseline="central" ${style} fill="${ink}"${around}${opacity(label)}>${escaped(text)}</text>`;
}

function linkOf({ x0, y0, cx0, cy0, cx1, cy1, x1, y1, ...link }: LinkMark, ink: string): string {
  const path = `M${pair(x0, y0)}C${pair(cx0, cy0)} ${pair(cx1, cy1)} ${pair(x1, y1)}`;
  return `<path d="${path}" fill="none" stroke="${ink}" stroke-width="${short(link.w)}"${link.dashed ? DASHED : ""}${opacity(link)}/>`;
}

function ringOf(ring: RingMark, ink: string, zoom: number): string {
  const place = `cx="${short(ring.x)}" cy="${short(ring.y)}" r="${short(ring.r)}"`;
  const dashes = ring.dashed ? DASHED : "";
  return `<circle ${place} fill="none" stroke="${ink}" stroke-width="${short(ring.line / zoom)}"${dashes}${opacity(ring)}/>`;
}

/** A picture, else every dot: one path of round points for each colour. */
function discOf(mark: DiscMark, { tokens, pictures }: Job): string {
  const { x, y, disc, tints, colouring } = mark;
  const picture = pictures.get(mark);
  if (picture) {
    const side = 2 * picture.half;
    return `<image ${sized({ x: x - picture.half, y: y - picture.half, w: side, h: side })} href="${escaped(picture.url)}"${opacity(mark)}/>`;
  }
  const width = short(2 * dotRadius(disc.pitch));
  const colours = dotColours(tokens, colouring);
  const paths = colours.map(() => [] as string[]);
  for (let at = 0; at < disc.count; at += 1) {
    const dot = dotAt(disc, at);
    paths[tints?.[at] ?? 0]!.push(`M${pair(x + dot.x, y + dot.y)}h0`);
  }
  const drawn = paths.map((dots, tint) => (dots.length > 0 ? `<path d="${dots.join("")}" stroke="${colours[tint]}"/>` : ""));
  return `<g fill="none" stroke-linecap="round" stroke-width="${width}"${opacity(mark)}>${drawn.join("")}</g>`;
}

function sized({ x, y, w, h }: { x: number; y: number; w: number; h: number }): string {
  return `x="${short(x)}" y="${short(y)}" width="${short(w)}" height="${short(h)}"`;
}

function opacity({ alpha }: Pick<Mark, "alpha">): string {
  return alpha < 1 ? ` opacity="${short(alpha)}"` : "";
}

function pair(x: number, y: number): string {
  return `${short(x)},${short(y)}`;
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Names are strangers' words: no markup, and no character that XML has no place for. */
function escaped(text: string): string {
  return text.replace(NO_XML, "\ufffd").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
