/** Keeps what happens often from being done as often. */

import { onScopeDispose } from "vue";

/** At once, then at most once in `wait` ms, and always after the last call. */
export function throttled(wait: number, act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again = false;
  onScopeDispose(() => clearTimeout(timer));

  function passed(): void {
    timer = undefined;
    if (again) run();
  }

  function run(): void {
    again = false;
    act();
    timer = setTimeout(passed, wait);
  }

  return () => {
    if (timer === undefined) run();
    else again = true;
  };
}
