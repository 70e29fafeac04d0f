/** What colours and signs say, and of how many children that is known: an unknown one is never counted as nothing. */

import type { ChildSet, NotableChild } from "@/api/types";
import { counted, formatCount } from "@/formats/amounts";
import type { Colouring } from "./forms";
import { BALANCE_CLASSES, UNKNOWN_BALANCE } from "./rings/balances";
import { UNKNOWN_TINT } from "./rings/colours";
import type { ChildrenDots } from "./rings/dots";
import { TAG_CLASSES, tagClass } from "./tags";
import type { Tint } from "./tints";
import type { LineageModel } from "./types";

/** What stands before a row: a dot in the colour of a step, or a sign of the tree. */
export type Sign = Tint | "path" | "hollow" | "valued" | "asset" | "life" | "pale";

export interface LegendRow {
  readonly sign: Sign;
  readonly text: string;
  /** Null where they were not counted. */
  readonly count: number | null;
}

/** One description for whoever writes it: the page, and a picture in a file. */
export interface Legend {
  readonly title: string;
  /** A ramp of time, from the first child to the present; null where colours go by classes. */
  readonly ramp: { readonly from: string; readonly to: string } | null;
  readonly rows: readonly LegendRow[];
  /** Of how many more is known than of the others. */
  readonly known: string | null;
}

export interface Facts {
  readonly colouring: Colouring;
  /** Children of whom it is known who they are; not all of them where `all` is false. */
  readonly known: { readonly children: readonly Pick<NotableChild, "face">[]; readonly all: boolean };
  /** Every child of the account, where they are drawn. */
  readonly dots: ChildrenDots | null;
  /** What is drawn and has a sign of its own. */
  readonly signs: readonly LegendRow[];
}

type Set = Pick<ChildSet, "total" | "histogram">;

export function legendOf(set: Set, facts: Facts): Legend {
  const { ramp, rows, ...words } = coloursOf(set, facts);
  const path = ramp ? [signRow("path", "path to genesis")] : [];
  const valued = facts.known.children.some(({ face }) => face?.is_hva) ? [signRow("valued", "high value")] : [];
  return { ...words, ramp, rows: [...rows, ...path, ...valued, ...facts.signs] };
}

/** Of dots while the tree has filters. */
export const PALE: LegendRow = { sign: "pale", text: "pale: not known to fit the filters", count: null };

/** The signs of what stands in a model, each with its meaning. */
export function signsIn({ nodes }: Pick<LineageModel, "nodes">): LegendRow[] {
  const all = [...nodes.values()];
  return [
    ...(all.some(({ kind }) => kind === "life") ? [signRow("life", "earlier life")] : []),
    ...(all.some(({ merged, kind }) => merged && kind !== "life") ? [signRow("hollow", "hollow, dashed: merged away, where that is known")] : []),
    ...(all.some(({ asset }) => asset) ? [signRow("asset", "asset it issues")] : []),
  ];
}

function signRow(sign: Sign, text: string): LegendRow {
  return { sign, text, count: null };
}

function coloursOf(set: Set, facts: Facts): Legend {
  if (facts.colouring === "tag") return legendOfTags(set.total, facts);
  if (facts.colouring === "balance") return legendOfBalances(set.total, facts);
  const { first, undated } = set.histogram;
  const rows = undated > 0 ? [unknownRow("age", undated, "without a date")] : [];
  return { title: "Created", ramp: { from: first?.slice(0, 4) ?? "?", to: "now" }, rows, known: null };
}

function legendOfTags(total: number, { known }: Facts): Legend {
  const told = known.children.filter(({ face }) => face !== null);
  const counts = countsOf(told.map(({ face }) => tagClass(face!.tags)), TAG_CLASSES.length);
  const classes = classRows("tag", TAG_CLASSES, counts).filter(({ count }) => count! > 0);
  const rows = [...classes, ...unknownRows("tag", total - told.length)];
  return { title: "Tag in the directory", ramp: null, rows, known: knownOf(told.length, total, known.all) };
}

function legendOfBalances(total: number, { known, dots }: Facts): Legend {
  const today = known.children.filter(({ face }) => face?.balance_stroops);
  const counts = dots && countsOf(dots.balances, BALANCE_CLASSES.length);
  const words = today.length > 0 ? `Ringed: what it holds today, ${knownOf(today.length, total, known.all)}. All others: what it began with.` : "What it began with.";
  const rows = [...classRows("balance", BALANCE_CLASSES, counts), ...unknownRows("balance", counts && counts[UNKNOWN_BALANCE]!)];
  return { title: "Balance, XLM", ramp: null, rows, known: words };
}

function countsOf(steps: Iterable<number>, length: number): number[] {
  const counts = Array.from({ length }, () => 0);
  for (const step of steps) counts[step]! += 1;
  return counts;
}

function classRows(colouring: Colouring, names: readonly string[], counts: readonly number[] | null): LegendRow[] {
  return names.map((text, step) => ({ sign: { colouring, step }, text, count: counts?.[step] ?? null })).slice(1);
}

function unknownRows(colouring: Colouring, count: number | null): LegendRow[] {
  return count !== 0 ? [unknownRow(colouring, count, "not known")] : [];
}

function unknownRow(colouring: Colouring, count: number | null, text: string): LegendRow {
  return { sign: { colouring, step: UNKNOWN_TINT }, text, count };
}

function knownOf(known: number, total: number, all: boolean): string {
  return `known of ${all ? "" : "at least "}${formatCount(known)} of ${counted(total, "child", "children")}`;
}
