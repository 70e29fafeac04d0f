/** Widths of texts. The browser measures exactly; where there is none, this estimate is a little too wide. */

export type Face = "sans" | "mono";
export interface Font {
  readonly face: Face;
  readonly size: number;
  readonly weight: 400 | 500 | 600;
}
export type Measure = (text: string, font: Font) => number;

const MONO = 0.6;
const WIDE = /[A-Z0-9@#%&…—+]/;
const NARROW = /[ijl.,:;'|!()·]/;

export const estimate: Measure = (text, { face, size, weight }) => {
  if (face === "mono") return text.length * MONO * size;
  let width = 0;
  for (const char of text) width += NARROW.test(char) ? 0.32 : WIDE.test(char) ? 0.67 : 0.57;
  return width * size * (weight === 600 ? 1.05 : 1);
};

/** The text, or as much of it as fits with an ellipsis; empty when not even two characters fit. */
export function fitted(text: string, width: number, font: Font, measure: Measure): string {
  if (measure(text, font) <= width) return text;
  let shortest = 0;
  let longest = text.length - 1;
  while (shortest < longest) {
    const middle = Math.ceil((shortest + longest) / 2);
    if (measure(`${text.slice(0, middle)}…`, font) <= width) shortest = middle;
    else longest = middle - 1;
  }
  return shortest < 2 ? "" : `${text.slice(0, shortest).trimEnd()}…`;
}

/** Measures by `unit`, the width at size 1, asked once a text. */
export function remembered(unit: (text: string, face: Face, weight: Font["weight"]) => number): Measure {
  const widths = new Map<string, number>();
  return (text, { face, size, weight }) => {
    const key = `${face} ${weight} ${text}`;
    const known = widths.get(key) ?? unit(text, face, weight);
    if (widths.size > MOST_REMEMBERED) widths.clear();
    widths.set(key, known);
    return known * size;
  };
}

const MOST_REMEMBERED = 20_000;
