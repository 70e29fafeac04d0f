/** `/` and Ctrl-K lead to the search box from anywhere; where a page shows two, the one mounted last has it. */

import { onBeforeUnmount, onMounted } from "vue";
import { isTyping } from "./typing";

const boxes: (() => void)[] = [];

export function useSearchFocus(focus: () => void): void {
  onMounted(() => {
    if (boxes.length === 0) document.addEventListener("keydown", pressed);
    boxes.push(focus);
  });
  onBeforeUnmount(() => {
    boxes.splice(boxes.indexOf(focus), 1);
    if (boxes.length === 0) document.removeEventListener("keydown", pressed);
  });
}

function pressed(event: KeyboardEvent): void {
  const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target);
  const commanded = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
  if (!slash && !commanded) return;
  event.preventDefault();
  boxes.at(-1)?.();
}
