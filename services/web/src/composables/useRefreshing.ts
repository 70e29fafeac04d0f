/** Reading who an account is again: asked for, come, or long in coming. Nobody tells of a source that does not answer. */

import { onScopeDispose, readonly, shallowRef } from "vue";

/** `late`: it was asked for a while ago, and what is shown is still the old. */
export type Refreshing = "no" | "asked" | "late";

const LATE_MS = 15_000;

export function useRefreshing() {
  const shown = shallowRef<Refreshing>("no");
  let timer: ReturnType<typeof setTimeout> | undefined;
  onScopeDispose(() => clearTimeout(timer));

  function asked(): void {
    clearTimeout(timer);
    shown.value = "asked";
    timer = setTimeout(() => (shown.value = "late"), LATE_MS);
  }

  function ended(): void {
    clearTimeout(timer);
    shown.value = "no";
  }

  return { state: readonly(shown), asked, ended };
}
