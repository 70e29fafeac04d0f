/** Children by time: a monthly histogram cut into a handful of spans of whole months, years, or several years. */

import type { ChildSet } from "@/api/types";
import type { Span } from "./types";

/** Beyond this many spans, longer ones are taken. */
const SPANS = 7;
const MONTH = 1;
const YEAR = 12;
const SIZES = [MONTH, YEAR, 2 * YEAR, 5 * YEAR, 10 * YEAR];

/** `2018-11` as months since year 0. */
export function monthIndex(month: string): number {
  const [year, number] = month.split("-").map(Number);
  return year! * YEAR + number! - 1;
}

/** Months since year 0 as `2018-11`. */
export function monthNamed(index: number): string {
  return `${Math.floor(index / YEAR)}-${String((index % YEAR) + 1).padStart(2, "0")}`;
}

/** The UTC month of a moment. */
export function monthOf(moment: string): string {
  return new Date(moment).toISOString().slice(0, 7);
}

/** The histogram as one span, without the children that are shown by themselves; null if none is dated. */
export function spanWithout(histogram: ChildSet["histogram"], shown: readonly (string | null)[]): Span | null {
  if (histogram.first === null || histogram.counts.length === 0) return null;
  const start = monthIndex(histogram.first);
  const counts = [...histogram.counts];
  for (const moment of shown) {
    const at = moment === null ? -1 : monthIndex(monthOf(moment)) - start;
    if (counts[at]) counts[at] -= 1;
  }
  return { first: histogram.first, last: monthNamed(start + counts.length - 1), counts };
}

/** At most a handful of spans, aligned to the calendar: a later month changes the last one or adds one. Empty ones are left out. */
export function cut(span: Span): Span[] {
  const start = monthIndex(span.first);
  const end = start + span.counts.length;
  return cutBy(span, SIZES.find((size) => spansOf(start, end, size) <= (size === MONTH ? YEAR : SPANS)) ?? SIZES.at(-1)!);
}

/** The next finer spans of one: years of several years, months of a year. */
export function cutFiner(span: Span): Span[] {
  return cutBy(span, span.counts.length > YEAR ? YEAR : MONTH);
}

/** The month `at` places after the first. */
export function monthAt(span: Span, at: number): string {
  return monthNamed(monthIndex(span.first) + at);
}

/** Accounts in the span. */
export function spanTotal(span: Span): number {
  return span.counts.reduce((sum, count) => sum + count, 0);
}

function spansOf(start: number, end: number, size: number): number {
  return Math.ceil(end / size) - Math.floor(start / size);
}

function cutBy(span: Span, size: number): Span[] {
  const start = monthIndex(span.first);
  const end = start + span.counts.length;
  const spans: Span[] = [];
  for (let at = Math.floor(start / size) * size; at < end; at += size) {
    const from = Math.max(at, start);
    const to = Math.min(at + size, end);
    const counts = span.counts.slice(from - start, to - start);
    if (counts.some(Boolean)) spans.push({ first: monthNamed(from), last: monthNamed(to - 1), counts });
  }
  return spans;
}
