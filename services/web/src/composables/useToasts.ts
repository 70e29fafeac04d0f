/** What came of something a person did: said for a moment; what went wrong stays until it is put away. */

import { readonly, shallowRef } from "vue";

export interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

const SHOWN_MS = 6_000;
const toasts = shallowRef<Toast[]>([]);
let last = 0;

export function useToasts() {
  function say(text: string, bad = false): void {
    last += 1;
    const id = last;
    toasts.value = [...toasts.value, { id, text, bad }];
    if (!bad) setTimeout(() => dismiss(id), SHOWN_MS);
  }

  function dismiss(id: number): void {
    toasts.value = toasts.value.filter((toast) => toast.id !== id);
  }

  return { toasts: readonly(toasts), say, dismiss };
}
