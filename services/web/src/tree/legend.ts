/** What the colours say, and of how many children that is known: an unknown one is never counted as nothing. */

import type { ChildSet, NotableChild } from "@/api/types";
import { counted, formatCount } from "@/formats/amounts";
import type { Colouring } from "./forms";
import { BALANCE_CLASSES, UNKNOWN_BALANCE } from "./rings/balances";
import type { ChildrenDots } from "./rings/dots";
import { TAG_CLASSES, tagClass } from "./tags";

export interface Legend {
  readonly title: string;
  /** By step of the palette. Null: it is a ramp of time. */
  readonly classes: readonly LegendClass[] | null;
  /** Of how many children the colour says nothing; a count of null as in a class. */
  readonly unknown: { readonly count: number | null; readonly text: string } | null;
  /** Of how many more is known than of the others. */
  readonly known: string | null;
  /** Some of them are marked as being of high value. */
  readonly valued: boolean;
}
export interface LegendClass {
  readonly step: number;
  readonly name: string;
  /** Null where they were not counted. */
  readonly count: number | null;
}

export interface Facts {
  readonly colouring: Colouring;
  /** Children of whom it is known who they are; not all of them where `all` is false. */
  readonly known: { readonly children: readonly Pick<NotableChild, "face">[]; readonly all: boolean };
  /** Every child of the account, where they are drawn. */
  readonly dots: ChildrenDots | null;
}

export function legendOf(set: Pick<ChildSet, "total" | "histogram">, facts: Facts): Legend {
  return { ...coloursOf(set, facts), valued: facts.known.children.some(({ face }) => face?.is_hva) };
}

type Colours = Omit<Legend, "valued">;

function coloursOf({ total, histogram }: Pick<ChildSet, "total" | "histogram">, facts: Facts): Colours {
  if (facts.colouring === "tag") return legendOfTags(total, facts);
  if (facts.colouring === "balance") return legendOfBalances(total, facts);
  const { undated } = histogram;
  return { title: "Created", classes: null, unknown: undated > 0 ? { count: undated, text: "without a date" } : null, known: null };
}

function legendOfTags(total: number, { known }: Facts): Colours {
  const told = known.children.filter(({ face }) => face !== null);
  const counts = countsOf(told.map(({ face }) => tagClass(face!.tags)), TAG_CLASSES.length);
  const classes = namedClasses(TAG_CLASSES, counts).filter(({ count }) => count! > 0);
  return { title: "Tag in the directory", classes, unknown: unknownOf(total - told.length), known: knownOf(told.length, total, known.all) };
}

function legendOfBalances(total: number, { known, dots }: Facts): Colours {
  const today = known.children.filter(({ face }) => face?.balance_stroops);
  const counts = dots && countsOf(dots.balances, BALANCE_CLASSES.length);
  const words = today.length > 0 ? `Ringed: what it holds today, ${knownOf(today.length, total, known.all)}. All others: what it began with.` : "What it began with.";
  return { title: "Balance, XLM", classes: namedClasses(BALANCE_CLASSES, counts), unknown: unknownOf(counts && counts[UNKNOWN_BALANCE]!), known: words };
}

function countsOf(steps: Iterable<number>, length: number): number[] {
  const counts = Array.from({ length }, () => 0);
  for (const step of steps) counts[step]! += 1;
  return counts;
}

function namedClasses(names: readonly string[], counts: readonly number[] | null): LegendClass[] {
  return names.map((name, step) => ({ step, name, count: counts?.[step] ?? null })).slice(1);
}

function unknownOf(count: number | null): Legend["unknown"] {
  return count !== 0 ? { count, text: "not known" } : null;
}

function knownOf(known: number, total: number, all: boolean): string {
  return `known of ${all ? "" : "at least "}${formatCount(known)} of ${counted(total, "child", "children")}`;
}
