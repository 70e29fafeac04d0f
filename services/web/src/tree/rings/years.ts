/** Where years begin among dots in the order of their creation. */

import { UNKNOWN_MINUTE } from "./decode";
import { type ChildrenDots, momentOf } from "./dots";

export interface YearMark {
  readonly year: string;
  /** How many dots were created before it began. */
  readonly before: number;
}

/** Every year in which a child was created, but the first: its ring would be the middle itself. */
export function yearsOf({ minutes }: ChildrenDots): YearMark[] {
  const years: YearMark[] = [];
  let end = 0;
  for (let at = 0; at < minutes.length; at += 1) {
    const minute = minutes[at]!;
    if (minute === UNKNOWN_MINUTE || minute < end) continue;
    const year = momentOf(minute).slice(0, 4);
    if (end > 0) years.push({ year, before: at });
    end = Date.parse(`${Number(year) + 1}-01-01T00:00:00Z`) / 60_000;
  }
  return years;
}
