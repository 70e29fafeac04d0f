/** Where the view looks: pure geometry of zoom and pan. A view maps layout pixels to CSS pixels. */

import type { Box, Layout, Placed } from "./layout";
import type { View } from "./painters/canvas";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export type Zooms = readonly [least: number, most: number];
export const ZOOMS: Zooms = [0.1, 4];
/** Dots are as far apart on the screen as one can zoom in. */
const DOTS_APART_PX = 34;
/** Narrower than this, the account stands at the left edge and distances are short. */
export const NARROW_PX = 640;
const MARGIN = 24;
/** Texts keep their cards down to this zoom. */
const READABLE = 0.92;
const FOCUS_AT = 0.2;
const ANCESTORS_UP_TO = 0.4;
/** On small screens the buttons lie below the tree. */
const BUTTONS = 56;
/** A small disc may fill the view. */
const LARGER = 1.25;
/** Room for the names of what lies outermost. */
const NAMES = { beside: 112, narrow: 56, over: 40 };

function namesAround({ width }: Size): { beside: number; over: number } {
  return { beside: width < NARROW_PX ? NAMES.narrow : NAMES.beside, over: NAMES.over };
}

/** How far one can zoom: into a large disc until its dots lie apart. */
export function zoomsOf({ placed }: Layout): Zooms {
  const pitches = [...placed.values()].map(({ spot }) => spot?.disc?.pitch ?? Infinity);
  return [ZOOMS[0], Math.max(ZOOMS[1], DOTS_APART_PX / Math.min(...pitches))];
}

/** All of it, in the middle; never larger than life, or than `most`. */
export function fitTo(bounds: Box, { width, height }: Size, { beside = MARGIN, over = MARGIN, most = 1 } = {}): View {
  const across = (width - 2 * beside) / Math.max(bounds.w, 1);
  const down = (height - 2 * over) / Math.max(bounds.h, 1);
  const k = Math.min(most, Math.max(ZOOMS[0], Math.min(across, down)));
  return { k, x: width / 2 - k * (bounds.x + bounds.w / 2), y: height / 2 - k * (bounds.y + bounds.h / 2) };
}

/** The view of everything there is; beside dots there is room for their names. */
export function wholeOf({ form, bounds }: Layout, size: Size): View {
  return form === "tidy" ? fitTo(bounds, size) : fitTo(bounds, size, namesAround(size));
}

/** The first look: readable. Of dots all that grows from the account; the chain leads out of the picture. */
export function opening(layout: Layout, focus: string, size: Size): View {
  if (layout.form === "tidy") return openingOfCards(layout, focus, size);
  const narrow = size.width < NARROW_PX;
  const room = narrow ? { width: size.width, height: size.height - BUTTONS } : size;
  return fitTo(layout.heart, room, { ...namesAround(size), most: LARGER });
}

/** The account at the left, with what is left of it as far as there is room. */
function openingOfCards({ bounds, placed }: Layout, focus: string, { width, height }: Size): View {
  const own = placed.get(focus)!;
  const narrow = width < NARROW_PX;
  const room = narrow ? height - BUTTONS : height;
  const k = Math.min(1, Math.max(READABLE, (room - 2 * MARGIN) / Math.max(bounds.h, 1)));
  const ahead = (own.x - bounds.x) * k;
  const whole = bounds.w * k <= width - MARGIN;
  const before = whole ? ahead + MARGIN / 2 : Math.min(ahead + MARGIN, width * ANCESTORS_UP_TO);
  const spare = width - MARGIN / 2 - k * (bounds.x + bounds.w - own.x);
  const left = narrow && !whole ? MARGIN / 2 : Math.max(before, Math.min(width * FOCUS_AT, spare));
  return { k, x: left - k * own.x, y: room / 2 - k * (own.y + own.h / 2) };
}

/** The same view of a changed layout: the anchor stays where it is on the screen. */
export function anchored(view: View, before: Box, after: Box): View {
  const [dx, dy] = [before.x - after.x, before.y + before.h / 2 - after.y - after.h / 2];
  return { k: view.k, x: view.x + dx * view.k, y: view.y + dy * view.k };
}

/** What must not move: `wanted` if it is on the screen, else what is nearest to its middle. It is in both layouts. */
export function anchorOf(before: Layout, after: Layout, { view, size, wanted }: { view: View; size: Size; wanted: (string | null)[] }): Placed | null {
  const seen = visiblePart(view, size);
  for (const id of wanted) {
    const node = id === null ? undefined : before.placed.get(id);
    if (node && after.placed.has(node.shown.id) && contains(seen, node)) return node;
  }
  const middle = { x: seen.x + seen.w / 2, y: seen.y + seen.h / 2 };
  let nearest: Placed | null = null;
  for (const node of before.placed.values())
    if (after.placed.has(node.shown.id) && (!nearest || distance(node, middle) < distance(nearest, middle))) nearest = node;
  return nearest;
}

/** The part of the layout that is on the screen. */
export function visiblePart({ x, y, k }: View, { width, height }: Size): Box {
  return { x: -x / k, y: -y / k, w: width / k, h: height / k };
}

/** The part of the layout that is in the lower left corner of the screen, which is so large. */
export function cornerPart(view: View, size: Size, { width, height }: Size): Box {
  const { x, y, h } = visiblePart(view, size);
  return { x, y: y + h - height / view.k, w: width / view.k, h: height / view.k };
}

/** The view moved just so far that the box is on the screen. */
export function revealing(view: View, box: Box, { width, height }: Size): View {
  const x = shift(view.x + box.x * view.k, box.w * view.k, width);
  const y = shift(view.y + box.y * view.k, box.h * view.k, height);
  return x === 0 && y === 0 ? view : { k: view.k, x: view.x + x, y: view.y + y };
}

/** The view moved to the right as far as the chain needs, with the account still on the screen. */
export function revealingChain(view: View, bounds: Box, own: Box, { width }: Size): View {
  const needed = MARGIN - (view.x + bounds.x * view.k);
  const room = width - MARGIN - (view.x + (own.x + own.w) * view.k);
  return { ...view, x: view.x + Math.max(0, Math.min(needed, room)) };
}

function shift(start: number, length: number, room: number): number {
  if (start < MARGIN) return MARGIN - start;
  const over = start + length - (room - MARGIN);
  return over > 0 ? -Math.min(over, start - MARGIN) : 0;
}

function contains(outer: Box, { x, y, w, h }: Box): boolean {
  return x + w > outer.x && x < outer.x + outer.w && y + h > outer.y && y < outer.y + outer.h;
}

function distance({ x, y, w, h }: Box, point: { x: number; y: number }): number {
  return Math.hypot(x + w / 2 - point.x, y + h / 2 - point.y);
}
