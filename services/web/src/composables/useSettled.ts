/** What someone types, once they pause: a question to the server is worth the whole word. */

import { onScopeDispose, shallowRef, watch } from "vue";

const PAUSE_MS = 200;

export function useSettled(source: () => string) {
  const settled = shallowRef(source());
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(source, (value) => {
    clearTimeout(timer);
    timer = setTimeout(() => (settled.value = value), PAUSE_MS);
  });
  onScopeDispose(() => clearTimeout(timer));
  return settled;
}
