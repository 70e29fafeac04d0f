/**
 * Where one looks, in a word for a link: the form, the place in the middle, and how much of the layout is seen along the
 * shorter side of the view, so that a larger or a smaller screen shows the same part.
 */

import type { Size, Zooms } from "./camera";
import type { TreeForm } from "./forms";
import type { View } from "./painters/canvas";

const LETTERS: Record<TreeForm, string> = { rings: "r", tidy: "t", radial: "c" };
const WORD = /^([rtc])(-?[\d.]+),(-?[\d.]+),([\d.]+)$/;
/** A ten-thousandth of what is seen is less than a pixel. */
const DIGITS = 3;

export function lookOf({ x, y, k }: View, { width, height }: Size, form: TreeForm): string {
  const extent = Math.min(width, height) / k;
  const digits = Math.max(0, DIGITS - Math.floor(Math.log10(extent)));
  const [across, down] = [(width / 2 - x) / k, (height / 2 - y) / k];
  return `${LETTERS[form]}${[across, down, extent].map((part) => Number(part.toFixed(digits))).join(",")}`;
}

/** The view of that word, as near as one can zoom; null where it says nothing of this form. */
export function viewOf(word: string | null, { form, size, zooms }: { form: TreeForm; size: Size; zooms: Zooms }): View | null {
  const [, letter, ...parts] = (word && WORD.exec(word)) || [];
  const [across, down, extent] = parts.map(Number);
  if (letter !== LETTERS[form] || !extent || ![across, down, extent].every(Number.isFinite)) return null;
  const k = Math.max(zooms[0], Math.min(zooms[1], Math.min(size.width, size.height) / extent));
  return { k, x: size.width / 2 - across! * k, y: size.height / 2 - down! * k };
}
