/** The width of an element, followed. */

import { onBeforeUnmount, onMounted, type Ref, shallowRef } from "vue";

export function useElementWidth(element: Readonly<Ref<HTMLElement | null>>) {
  const width = shallowRef(0);
  const observer = new ResizeObserver(([entry]) => {
    if (entry) width.value = entry.contentRect.width;
  });
  onMounted(() => {
    if (!element.value) return;
    width.value = element.value.clientWidth;
    observer.observe(element.value);
  });
  onBeforeUnmount(() => observer.disconnect());
  return width;
}
