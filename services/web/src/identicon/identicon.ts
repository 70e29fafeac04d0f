/**
 * SEP-0033 identicons: 7 × 7 cells, symmetric, in one of 256 hues.
 * The bytes are taken where every wallet's library takes them: positions 2 to 15 of the decoded text, the version byte
 * counted. (The text of SEP-0033 counts without it; pictures by it would differ from what people know.)
 */

import { fromBase32 } from "@/address/strkey";

export const CELLS = 7;
const COLUMNS = Math.ceil(CELLS / 2);

export interface Identicon {
  /** Degrees of the colour circle. */
  hue: number;
  /** Rows of cells; true is filled. */
  cells: boolean[][];
}

/** The identicon of a G… address; null for a text that is no base32. */
export function identiconOf(address: string): Identicon | null {
  const bytes = fromBase32(address)?.slice(2, 16);
  if (!bytes || bytes.length < 14) return null;
  const bit = (position: number) => ((bytes[1 + (position >> 3)]! >> (7 - (position & 7))) & 1) === 1;
  const rows = Array.from({ length: CELLS }, (_, row) =>
    Array.from({ length: CELLS }, (_unused, column) => bit(row * COLUMNS + Math.min(column, CELLS - 1 - column))),
  );
  return { hue: (bytes[0]! / 255) * 360, cells: rows };
}

/** An SVG path over a 7 × 7 box that fills the cells; neighbours in a row are one rectangle, so no seam shows. */
export function pathOf({ cells }: Identicon): string {
  return cells.flatMap((row, y) => runs(row).map(([from, to]) => `M${from} ${y}h${to - from}v1h${from - to}z`)).join("");
}

function runs(row: boolean[]): [number, number][] {
  const found: [number, number][] = [];
  row.forEach((filled, x) => {
    const last = found.at(-1);
    if (filled && last?.[1] === x) last[1] = x + 1;
    else if (filled) found.push([x, x + 1]);
  });
  return found;
}

/** The colour of the standard, HSV(hue, 0.7, 0.8), as CSS. */
export function colourOf({ hue }: Identicon): string {
  // HSV (s 0.7, v 0.8) is HSL with l = v(1 - s/2) = 0.52 and s = (v - l) / min(l, 1 - l).
  return `hsl(${hue.toFixed(1)} 58.3% 52%)`;
}
