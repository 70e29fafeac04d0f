/**
 * The children of an account as dots in the order of their creation, however many: two numbers each. What is not known
 * has a class of its own. Until the API has told them all, they are made of the
 * monthly counts and the children read so far.
 */

import type { ChildSet, Life } from "@/api/types";
import { balanceClass, UNKNOWN_BALANCE } from "./balances";
import { UNKNOWN_MINUTE } from "./decode";
import { monthIndex, monthNamed, monthOf } from "../months";

export interface ChildrenDots {
  readonly count: number;
  /** When each was created, in minutes since 1970; of those after the first `precise` only the month is true. */
  readonly minutes: Uint32Array;
  readonly precise: number;
  /** Class of each one's starting balance. */
  readonly balances: Uint8Array;
}

const MINUTE_MS = 60_000;

/** Exactly as many dots as there are children: those that were read one by one, the others by their months. */
export function dotsOf(set: Pick<ChildSet, "total" | "histogram">, lives: readonly Life[] = []): ChildrenDots {
  const count = set.total;
  const read = lives.slice(0, count);
  const minutes = new Uint32Array(count).fill(UNKNOWN_MINUTE);
  const balances = new Uint8Array(count).fill(UNKNOWN_BALANCE);
  for (const [at, { created_at, starting_balance_stroops }] of read.entries()) {
    if (created_at !== null) minutes[at] = Date.parse(created_at) / MINUTE_MS;
    balances[at] = balanceClass(starting_balance_stroops);
  }
  fillByMonth(minutes, read, set.histogram);
  return { count, minutes, precise: read.length, balances };
}

/** The month a dot was created in; null when that is not known. */
export function monthOfDot(dots: ChildrenDots, at: number): string | null {
  const minute = dots.minutes[at]!;
  return minute === UNKNOWN_MINUTE ? null : monthOf(momentOf(minute));
}

/** The moment of a minute, as the API writes moments. */
export function momentOf(minute: number): string {
  return new Date(minute * MINUTE_MS).toISOString();
}

/** The first minute of a month. */
export function minuteOf(month: string): number {
  return Date.parse(`${month}-01T00:00:00Z`) / MINUTE_MS;
}

function fillByMonth(minutes: Uint32Array, read: readonly Life[], histogram: ChildSet["histogram"]): void {
  if (histogram.first === null) return;
  const first = monthIndex(histogram.first);
  const left = [...histogram.counts];
  for (const { created_at } of read) {
    const month = created_at === null ? -1 : monthIndex(monthOf(created_at)) - first;
    if (left[month]) left[month] -= 1;
  }
  let at = read.length;
  for (const [month, count] of left.entries()) {
    minutes.fill(minuteOf(monthNamed(first + month)), at, at + count);
    at += count;
  }
}
