/** The size of an element in CSS pixels, followed; none while it is not there. */

import { onScopeDispose, type Ref, shallowRef, watch } from "vue";
import type { Size } from "./camera";

export function useSize(element: Readonly<Ref<HTMLElement | null>>) {
  const size = shallowRef<Size>({ width: 0, height: 0 });
  const observer = new ResizeObserver(read);

  function read(): void {
    const { clientWidth: width, clientHeight: height } = element.value ?? { clientWidth: 0, clientHeight: 0 };
    if (width !== size.value.width || height !== size.value.height) size.value = { width, height };
  }

  watch(
    element,
    (now, before) => {
      if (before) observer.unobserve(before);
      if (now) observer.observe(now);
      read();
    },
    { flush: "post", immediate: true },
  );
  onScopeDispose(() => observer.disconnect());
  return size;
}
