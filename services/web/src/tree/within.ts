/** The months that are looked at: what was created outside of them steps back. */

import { monthAfter } from "@/formats/times";
import { minuteOf } from "./rings/dots";
import type { TreeNode } from "./types";

/** In minutes since 1970, from the first one to before the end. */
export interface Within {
  readonly from: number;
  readonly end: number;
}

const MINUTE_MS = 60_000;

/** Between two months, both included; null is no bound. Null: all of them. */
export function withinOf(from: string | null, to: string | null): Within | null {
  if (from === null && to === null) return null;
  return { from: from === null ? 0 : minuteOf(from), end: to === null ? Infinity : minuteOf(monthAfter(to, 1)) };
}

/** A child, or a group of them, of whom none was created within; who has no date was not. */
export function isOutside({ kind, createdAt, span }: Pick<TreeNode, "kind" | "createdAt" | "span">, { from, end }: Within): boolean {
  if (span) return minuteOf(span.first) >= end || minuteOf(monthAfter(span.last, 1)) <= from;
  if (kind !== "child") return kind === "undated";
  const minute = createdAt === null ? -1 : Math.floor(Date.parse(createdAt) / MINUTE_MS);
  return minute < from || minute >= end;
}
