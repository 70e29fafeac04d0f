/** The columns of the board: which a person put away, and which there is room for. */

import type { Period } from "@/api/types";
import { PERIOD_NAMES } from "./words";

export const COLUMNS = ["rank", "badge", "account", "tags", "domain", "balance", "change", "line", "creator", "updated"] as const;
export type Column = (typeof COLUMNS)[number];

interface Shape {
  /** Of the grid; the first number is what it needs at least. */
  least: number;
  grows: number;
}

const SHAPES: Record<Column, Shape> = {
  rank: { least: 46, grows: 0 },
  badge: { least: 72, grows: 0 },
  account: { least: 176, grows: 3 },
  tags: { least: 116, grows: 2 },
  domain: { least: 124, grows: 2 },
  balance: { least: 178, grows: 1 },
  change: { least: 78, grows: 0 },
  line: { least: 116, grows: 0 },
  creator: { least: 130, grows: 1 },
  updated: { least: 84, grows: 0 },
};

/** Without these a row says nothing. */
const ALWAYS: ReadonlySet<Column> = new Set(["rank", "badge", "account", "balance"]);
/** What gives way first where there is no room. */
const GIVES_WAY: readonly Column[] = ["updated", "domain", "tags", "creator", "line", "change"];
const GAP = 16;
const PADDING = 32;

const CARDS_BELOW = 700;
/** What a card has no line for. */
const NOT_ON_CARDS: ReadonlySet<Column> = new Set(["creator", "updated"]);

export const OPTIONAL: readonly Column[] = COLUMNS.filter((column) => !ALWAYS.has(column));

export function columnName(column: Column, period: Period): string {
  const names: Record<Column, string> = {
    rank: "#",
    badge: PERIOD_NAMES[period],
    account: "Account",
    tags: "Tags",
    domain: "Home domain",
    balance: "Balance, XLM",
    change: `${PERIOD_NAMES[period]} change`,
    line: "30 d rank",
    creator: "Created by",
    updated: "Updated",
  };
  return names[column];
}

/** Whether there is no room for columns at all: every rank is a card. */
export function asCards(width: number): boolean {
  return width < CARDS_BELOW;
}

/** The columns that are shown, in order: what is not put away, as far as it fits. */
export function shownColumns(hidden: readonly string[], width: number): Column[] {
  let columns = COLUMNS.filter((column) => ALWAYS.has(column) || !hidden.includes(column));
  if (asCards(width)) return columns.filter((column) => !NOT_ON_CARDS.has(column));
  for (const last of GIVES_WAY) {
    if (needed(columns) <= width) break;
    columns = columns.filter((column) => column !== last);
  }
  return columns;
}

/** `grid-template-columns` of every row. */
export function template(columns: readonly Column[]): string {
  return columns.map(sizeOf).join(" ");
}

function sizeOf(column: Column): string {
  const { least, grows } = SHAPES[column];
  return grows > 0 ? `minmax(${least}px, ${grows}fr)` : `${least}px`;
}

function needed(columns: readonly Column[]): number {
  const least = columns.reduce((sum, column) => sum + SHAPES[column].least, 0);
  return least + GAP * (columns.length - 1) + PADDING;
}
