/** A scene made ready for a file: which part of it is kept, how large that is, and the words under it. */

import { aroundLabel, SMALLEST_PX } from "../labels";
import { type Box, boundsOf } from "../layout";
import type { BoxMark, Ink, LabelMark, Mark } from "../marks";
import type { Face, Font, Measure } from "../measure";
import type { Scene } from "../scene";
import { rimOf } from "../spots";
import type { Caption, PictureSize } from "./exporter";
import { LINE, legendMarks } from "./legendMarks";

export interface Shot {
  readonly scene: Scene;
  /** What is kept of the layout, in its own pixels. */
  readonly frame: Box;
  readonly title: string;
}

const MARGIN = 32;
/** As much as every browser of today makes: they answer more with nothing at all, or with an empty picture. */
export const LARGEST = { side: 16_384, pixels: 67_108_864 };

/** `part` of the scene, or all of it, with its caption and the legend below. */
export function shotOf(scene: Scene, { part, caption, measure }: { part: Box | null; caption: Caption; measure: Measure }): Shot {
  const px = 1 / scene.zoom;
  const kept = part ?? grown(inkedBox(scene), MARGIN * px);
  const lines = [lineOf(caption.address, "mono", "text"), lineOf(caption.facts, "sans", "muted")];
  const widest = Math.max(...lines.map(({ text, font }) => measure(text, font))) * px;
  const w = Math.max(kept.w, widest + 2 * MARGIN * px);
  const below = kept.y + kept.h;
  const left = kept.x + MARGIN * px;
  const labels = lines.map(({ text, font, ink }, at): LabelMark => {
    const sized = { ...font, size: font.size * px };
    return { kind: "label", id: "", text, x: left, y: below + (at + 0.5) * LINE * px, w: measure(text, sized), end: false, font: sized, ink, alpha: 1, halo: false };
  });
  const told = (lines.length + 0.5) * LINE * px;
  const legend = caption.legend && legendMarks(caption.legend, { x: left, y: below + told, w: w - 2 * MARGIN * px, px, measure });
  const frame = { x: kept.x, y: kept.y, w, h: kept.h + (legend ? told + legend.h : lines.length * LINE * px) + MARGIN * px };
  return { scene: { ...scene, marks: [...scene.marks, ground(frame, below), ...labels, ...(legend?.marks ?? [])] }, frame, title: caption.title };
}

/** What of the picture lies under its caption is not to be seen. */
function ground({ x, y, w, h }: Box, below: number): BoxMark {
  return { kind: "box", id: "", x: x - MARGIN, y: below, w: w + 2 * MARGIN, h: y + h - below + MARGIN, fill: "bg", ink: "bg", alpha: 1, line: 0, dashed: false };
}

function lineOf(text: string, face: Face, ink: Ink): { text: string; font: Font; ink: Ink } {
  return { text, ink, font: { face, size: SMALLEST_PX, weight: 500 } };
}

/** Pixels of a file; fewer for each pixel of the screen where it would be larger than a browser makes. */
export function sizeOf({ scene, frame }: Shot, wanted: number): PictureSize {
  const [across, down] = [frame.w * scene.zoom, frame.h * scene.zoom];
  const scale = Math.min(wanted, LARGEST.side / Math.max(across, down), Math.sqrt(LARGEST.pixels / (across * down)));
  return { width: Math.floor(across * scale), height: Math.floor(down * scale), scale, reduced: scale < wanted };
}

/** Everything that is painted; lines lead from one mark to another, or out of the picture. */
export function inkedBox({ marks, bounds }: Pick<Scene, "marks" | "bounds">): Box {
  return boundsOf([bounds, ...marks.flatMap((mark) => boxOf(mark) ?? [])]);
}

function boxOf(mark: Mark): Box | null {
  switch (mark.kind) {
    case "label":
      return aroundLabel(mark);
    case "box":
    case "bar":
      return mark;
    case "dot":
    case "ring":
      return around(mark.x, mark.y, mark.r);
    case "disc":
      return around(mark.x, mark.y, rimOf(mark.disc));
    default:
      return null;
  }
}

function around(x: number, y: number, r: number): Box {
  return { x: x - r, y: y - r, w: 2 * r, h: 2 * r };
}

function grown({ x, y, w, h }: Box, by: number): Box {
  return { x: x - by, y: y - by, w: w + 2 * by, h: h + 2 * by };
}
