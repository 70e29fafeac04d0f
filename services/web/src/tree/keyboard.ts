/** The keys of the canvas: arrows walk along the tree, what opens opens, the rest is zoom. */

import { isBefore } from "./fold";
import type { Layout, Placed } from "./layout";

export type KeyAction =
  | { readonly do: "go"; readonly id: string }
  | { readonly do: "toggle"; readonly id: string }
  /** Into the disc of the node. */
  | { readonly do: "walk"; readonly id: string }
  | { readonly do: "open" | "root"; readonly address: string }
  | { readonly do: "zoom"; readonly by: number }
  | { readonly do: "fit" };

export const ZOOM_STEP = 1.5;
const FAR_ABOVE = -1e9;

/** What a key means with the cursor on `cursor`; null: nothing of ours. */
export function actionOf(key: string, layout: Layout, cursor: string): KeyAction | null {
  switch (key) {
    case "+":
    case "=":
      return { do: "zoom", by: ZOOM_STEP };
    case "-":
    case "_":
      return { do: "zoom", by: 1 / ZOOM_STEP };
    case "0":
      return { do: "fit" };
    default: {
      const node = layout.placed.get(cursor);
      return node ? actionAt(key, layout, node) : null;
    }
  }
}

function actionAt(key: string, layout: Layout, node: Placed): KeyAction | null {
  const { id, kind, parent, children, toggle } = node.shown;
  switch (key) {
    case "ArrowLeft":
      if (isBefore(kind)) return goTo(children[0]?.id);
      return parent === null ? null : { do: "go", id: parent };
    case "ArrowRight":
      if (isBefore(kind)) return goTo(parent!);
      if (children.length > 0) return { do: "go", id: children[0]!.id };
      return toggle === "expand" ? { do: "toggle", id } : null;
    case "ArrowUp":
      return goTo(beside(layout, node, -1));
    case "ArrowDown":
      return goTo(beside(layout, node, 1)) ?? into(node);
    case " ":
      return toggle ? { do: "toggle", id } : into(node);
    case "Enter":
      return onEnter(node);
    case "r":
    case "R":
      return node.shown.node?.address?.startsWith("G") ? { do: "root", address: node.shown.node.address } : null;
    default:
      return null;
  }
}

function onEnter({ shown }: Placed): KeyAction | null {
  const { id, node, toggle } = shown;
  if (node?.address?.startsWith("G")) return { do: "open", address: node.address };
  return toggle ? { do: "toggle", id } : null;
}

function into({ shown, spot }: Placed): KeyAction | null {
  return shown.kind === "focus" && spot?.disc ? { do: "walk", id: shown.id } : null;
}

function goTo(id: string | undefined): KeyAction | null {
  return id === undefined ? null : { do: "go", id };
}

/**
 * The neighbour above or below in the same generation; around an account, the one before or after it clockwise. Its
 * earlier lives stand above all of its generation, and who created them among themselves.
 */
function beside(layout: Layout, node: Placed, step: 1 | -1): string | undefined {
  const depth = depthOf(layout, node);
  const makers = node.shown.kind === "maker";
  const generation = [...layout.placed.values()].filter((other) => depthOf(layout, other) === depth && (other.shown.kind === "maker") === makers);
  const orderOf = ({ shown, spot, y }: Placed) => (isBefore(shown.kind) ? FAR_ABOVE + y : (spot?.angle ?? y));
  const row = generation.toSorted((a, b) => orderOf(a) - orderOf(b));
  return row[row.indexOf(node) + step]?.shown.id;
}

function depthOf(layout: Layout, node: Placed): number {
  let depth = 0;
  for (let at = node.shown.parent; at !== null; at = layout.placed.get(at)!.shown.parent) depth += 1;
  return isBefore(node.shown.kind) ? depth - 1 : depth;
}
