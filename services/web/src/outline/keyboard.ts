/** The keys of a tree (WAI-ARIA authoring practices), as a step from one row to another or a thing to do. */

import type { Row } from "./rows";

export type RowAction =
  | { readonly do: "go"; readonly index: number }
  | { readonly do: "expand" | "collapse"; readonly id: string }
  | { readonly do: "open" | "root"; readonly address: string };

const PAGE = 12;

/** What a key means on the row at `index`; null: nothing of ours. */
export function rowAction(key: string, rows: readonly Row[], index: number): RowAction | null {
  const row = rows[index];
  if (!row) return null;
  switch (key) {
    case "ArrowDown":
      return goTo(index + 1, rows);
    case "ArrowUp":
      return goTo(index - 1, rows);
    case "PageDown":
      return goTo(index + PAGE, rows);
    case "PageUp":
      return goTo(index - PAGE, rows);
    case "Home":
      return goTo(0, rows);
    case "End":
      return goTo(rows.length - 1, rows);
    case "ArrowRight":
      return inward(rows, index, row);
    case "ArrowLeft":
      return outward(rows, row);
    case " ":
      return toggled(row);
    case "R": // alone, for a small one begins what is looked for
      return row.node?.address?.startsWith("G") ? { do: "root", address: row.node.address } : null;
    case "Enter":
      return row.node?.address?.startsWith("G") ? { do: "open", address: row.node.address } : toggled(row);
    default:
      return null;
  }
}

/** The next row, wrapping round, whose title begins with what was typed. */
export function typedRow(typed: string, titles: (index: number) => string, length: number, index: number): number | null {
  const wanted = typed.toLowerCase();
  const first = typed.length > 1 ? index : index + 1; // a longer text may still be the present row's
  for (let step = 0; step < length; step += 1) {
    const at = (first + step) % length;
    if (titles(at).toLowerCase().startsWith(wanted)) return at;
  }
  return null;
}

/** Opens or closes what can be; a row that stands for more of a set shows more. */
export function toggled({ id, opens, node, loading }: Row): RowAction | null {
  if (!node) return loading ? null : { do: "expand", id: opens };
  return node.expandable ? { do: node.expanded ? "collapse" : "expand", id } : null;
}

function goTo(index: number, rows: readonly Row[]): RowAction {
  return { do: "go", index: Math.max(0, Math.min(rows.length - 1, index)) };
}

function inward(rows: readonly Row[], index: number, row: Row): RowAction | null {
  if (!row.node) return toggled(row);
  if (row.node.expandable && !row.node.expanded) return { do: "expand", id: row.id };
  return rows[index + 1]?.parent === row.id ? goTo(index + 1, rows) : null;
}

function outward(rows: readonly Row[], row: Row): RowAction | null {
  if (row.node?.expandable && row.node.expanded) return { do: "collapse", id: row.id };
  const parent = rows.findIndex(({ id }) => id === row.parent);
  return parent < 0 ? null : { do: "go", index: parent };
}
