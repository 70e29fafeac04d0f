/** Which rows of a long list of equal rows are on the screen, or about to be. */

import { computed, type MaybeRefOrGetter, onBeforeUnmount, type Ref, shallowRef, toValue, watch } from "vue";

const AHEAD = 8;

export function useWindow(element: Readonly<Ref<HTMLElement | null>>, count: MaybeRefOrGetter<number>, height: number) {
  const top = shallowRef(0);
  const view = shallowRef(0);
  const observer = new ResizeObserver(([entry]) => {
    if (entry) view.value = entry.contentRect.height;
  });
  const scrolled = (event: Event) => (top.value = (event.target as HTMLElement).scrollTop);

  watch(element, (now, before) => {
    if (before) {
      before.removeEventListener("scroll", scrolled);
      observer.unobserve(before);
    }
    if (!now) return;
    top.value = now.scrollTop;
    now.addEventListener("scroll", scrolled, { passive: true });
    observer.observe(now);
  });
  onBeforeUnmount(() => observer.disconnect());

  const first = computed(() => Math.max(0, Math.floor(top.value / height) - AHEAD));
  const end = computed(() => Math.min(toValue(count), Math.ceil((top.value + view.value) / height) + AHEAD));
  return { first, end };
}
