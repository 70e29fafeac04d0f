/** `?` shows the keys of the page. */

import { onMounted, onScopeDispose, shallowRef } from "vue";
import { isTyping } from "./typing";

export function useHelp() {
  const helping = shallowRef(false);

  function pressed(event: KeyboardEvent): void {
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    event.preventDefault();
    helping.value = true;
  }

  onMounted(() => addEventListener("keydown", pressed));
  onScopeDispose(() => removeEventListener("keydown", pressed));
  return helping;
}
