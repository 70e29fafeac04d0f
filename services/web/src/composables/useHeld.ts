/** What somebody reads stays as it is: how much of it is another by now is told, and shown when they say so. */

import { computed, type Ref, shallowRef, watch } from "vue";

/** `changes`: how many there are between what is held and what is; null where nothing can move, so that it shows at once. */
export function useHeld<T>(latest: Readonly<Ref<T | undefined>>, changes: (held: T, now: T) => number | null) {
  const shown = shallowRef<T>();
  const counted = computed(() => {
    const [held, now] = [shown.value, latest.value];
    return held === undefined || now === undefined ? null : changes(held, now);
  });

  watch(
    latest,
    (now) => {
      if (now !== undefined && !counted.value) shown.value = now;
    },
    { immediate: true },
  );

  function show(): void {
    shown.value = latest.value;
  }

  return { shown: shown as Readonly<Ref<T | undefined>>, pending: computed(() => counted.value ?? 0), show };
}
