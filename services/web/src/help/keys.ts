/** Every key of the account page, where it works and what it does: what the help shows, and what the tests press. */

export interface Press {
  /** As a `KeyboardEvent` names it. */
  readonly key: string;
  readonly ctrl?: true;
  readonly shift?: true;
}

export interface KeyRow {
  readonly presses: readonly Press[];
  /** What stands in the place of keys that are too many. */
  readonly spelled?: string;
  readonly does: string;
}

export type KeyPlace = "page" | "tree" | "dots" | "outline" | "tabs" | "months";

export const PLACES: Record<KeyPlace, string> = {
  page: "Anywhere on the page",
  tree: "On the tree: Rings, Tidy, Radial",
  dots: "Inside a disc of dots (Space leads in)",
  outline: "In the outline",
  tabs: "On the tabs of the panel",
  months: "On the ends of the months",
};

function keys(...names: string[]): Press[] {
  return names.map((key) => ({ key }));
}

export const KEYS: Record<KeyPlace, readonly KeyRow[]> = {
  page: [
    { presses: [{ key: "?" }], does: "Shows these keys" },
    { presses: [{ key: "/" }, { key: "k", ctrl: true }], does: "Goes to the search box" },
    { presses: [{ key: "z", ctrl: true }], does: "Takes back the last change of the tree" },
    { presses: [{ key: "z", ctrl: true, shift: true }, { key: "y", ctrl: true }], does: "Makes it again" },
    { presses: keys("Escape"), does: "Closes a dialog or a list" },
  ],
  tree: [
    { presses: keys("ArrowLeft", "ArrowRight"), does: "To the creator, or to the first child" },
    { presses: keys("ArrowUp", "ArrowDown"), does: "To the one before or after in the same generation" },
    { presses: keys(" "), does: "Opens or closes what is below" },
    { presses: keys("Enter"), does: "Goes to the account" },
    { presses: keys("r"), does: "Shows the tree from this account" },
    { presses: keys("+", "-"), does: "Zooms in or out" },
    { presses: keys("0"), does: "Shows the whole tree" },
  ],
  dots: [
    { presses: keys("ArrowLeft", "ArrowRight"), does: "To the one created before or after" },
    { presses: keys("ArrowUp", "ArrowDown"), does: "To the ring outside or inside" },
    { presses: keys("Home", "End"), does: "To the first or last child" },
    { presses: keys(" "), does: "Tells who it is" },
    { presses: keys("Enter"), does: "Goes to the account" },
    { presses: keys("Escape"), does: "Back to the account in the middle" },
  ],
  outline: [
    { presses: keys("ArrowUp", "ArrowDown"), does: "Row by row" },
    { presses: keys("PageUp", "PageDown"), does: "Twelve rows at once" },
    { presses: keys("Home", "End"), does: "To the first or last row" },
    { presses: keys("ArrowRight", "ArrowLeft"), does: "Opens and goes in, or closes and goes out" },
    { presses: keys(" "), does: "Opens or closes" },
    { presses: keys("Enter"), does: "Goes to the account" },
    { presses: [{ key: "R", shift: true }], does: "Shows the tree from this account" },
    { presses: [], spelled: "Letters", does: "To the next row that begins with them" },
  ],
  tabs: [
    { presses: keys("ArrowLeft", "ArrowRight"), does: "To the tab beside it" },
    { presses: keys("Home", "End"), does: "To the first or last tab" },
  ],
  months: [
    { presses: keys("ArrowLeft", "ArrowRight"), does: "A month earlier or later" },
    { presses: keys("Escape"), does: "Shows all months again" },
  ],
};

const SIGNS: Record<string, string> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  PageUp: "Page Up",
  PageDown: "Page Down",
  Escape: "Esc",
  "-": "−",
  " ": "Space",
};

/** What stands on the keys: `Ctrl`, `Z`. */
export function signsOf({ key, ctrl, shift }: Press): string[] {
  const sign = SIGNS[key] ?? (key.length === 1 ? key.toUpperCase() : key);
  return [...(ctrl ? ["Ctrl"] : []), ...(shift ? ["Shift"] : []), sign];
}
