/** Children in groups: by the time of their creation, and by the tags of those who stand out. */

import type { ChildSet, NotableChild } from "@/api/types";
import { longMonth, monthAfter } from "@/formats/times";

export type Span = "years" | "months";

export interface Group {
  readonly name: string;
  /** Months, both included. */
  readonly first: string;
  readonly last: string;
  readonly count: number;
}

export interface TagGroup {
  readonly tag: string;
  readonly children: readonly NotableChild[];
}

/** Years or months that have children, the earliest first. */
export function timeGroups({ first, counts }: ChildSet["histogram"], span: Span): Group[] {
  if (first === null) return [];
  const months = counts.map((count, at) => ({ month: monthAfter(first, at), count }));
  const groups = span === "months" ? months.map(({ month, count }) => monthGroup(month, count)) : yearGroups(months);
  return groups.filter(({ count }) => count > 0);
}

function monthGroup(month: string, count: number): Group {
  return { name: longMonth(month), first: month, last: month, count };
}

function yearGroups(months: readonly { month: string; count: number }[]): Group[] {
  const years = new Map<string, Group>();
  for (const { month, count } of months) {
    const name = month.slice(0, 4);
    const known = years.get(name);
    years.set(name, { name, first: known?.first ?? month, last: month, count: (known?.count ?? 0) + count });
  }
  return [...years.values()];
}

/** Each tag with whom it marks, the commonest first. */
export function tagGroups(notable: readonly NotableChild[]): TagGroup[] {
  const byTag = new Map<string, NotableChild[]>();
  for (const child of notable) {
    for (const tag of new Set(child.face?.tags)) byTag.set(tag, [...(byTag.get(tag) ?? []), child]);
  }
  return [...byTag]
    .map(([tag, children]) => ({ tag, children }))
    .toSorted((a, b) => b.children.length - a.children.length || a.tag.localeCompare(b.tag));
}

/** Whether exactly this span is chosen. */
export function isChosen({ first, last }: Group, from: string | null, to: string | null): boolean {
  return from === first && to === last;
}
