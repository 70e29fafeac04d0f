/** Whether somebody is here for the first time: hints are theirs alone, and never come back. */

import { readonly, shallowRef } from "vue";

const KEY = "stellarmap.hints";
const shown = shallowRef(false);

export const hintsShown = readonly(shown);

/** From now on they count as seen, whatever becomes of this visit. Without a memory nobody is shown them: they would come again. */
export function greet(): void {
  try {
    if (localStorage.getItem(KEY) !== null) return;
    localStorage.setItem(KEY, "seen");
    shown.value = true;
  } catch {
    // as above
  }
}

export function dismissHints(): void {
  shown.value = false;
}
