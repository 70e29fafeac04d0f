/** Copies text, and says for a moment that it did. */

import { onScopeDispose, shallowRef } from "vue";

const SHOWN_MS = 2_000;

export function useClipboard() {
  const copied = shallowRef(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  onScopeDispose(() => clearTimeout(timer));

  async function copy(text: string): Promise<void> {
    if (!(await written(text))) return;
    copied.value = true;
    clearTimeout(timer);
    timer = setTimeout(() => (copied.value = false), SHOWN_MS);
  }

  return { copied, copy };
}

/** Over plain HTTP on another host there is no clipboard API; selecting and copying still works there. */
export async function written(text: string): Promise<boolean> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "hidden-visually";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
