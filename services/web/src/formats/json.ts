/** Parts of a JSON document, for showing it. */

/** Of a list or object so many are shown: a page with thousands of them gets slow. */
export const SHOWN_ENTRIES = 100;

export type JsonKind = "object" | "list" | "string" | "number" | "boolean" | "null";

export function kindOf(value: unknown): JsonKind {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "list";
  return typeof value as JsonKind;
}

/** What is in it; null of what holds nothing by its nature. */
export function entriesOf(value: unknown): [string, unknown][] | null {
  return typeof value === "object" && value !== null ? Object.entries(value) : null;
}

/** `{3}`, `[200]`, `{}` */
export function sizeWords(value: unknown): string {
  const count = entriesOf(value)?.length ?? 0;
  return Array.isArray(value) ? `[${count || ""}]` : `{${count || ""}}`;
}
