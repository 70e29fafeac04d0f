/** A clock for relative times: one ticking for the whole tab, only while someone looks at it. */

import { onScopeDispose, readonly, shallowRef } from "vue";

const TICK_MS = 1_000;
const now = shallowRef(Date.now());
let watchers = 0;
let ticking: ReturnType<typeof setInterval> | undefined;

/** The present moment, moved on every second. */
export function useNow() {
  watchers += 1;
  now.value = Date.now();
  ticking ??= setInterval(() => (now.value = Date.now()), TICK_MS);
  onScopeDispose(() => {
    watchers -= 1;
    if (watchers > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  });
  return readonly(now);
}
