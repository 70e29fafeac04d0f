/** The size of an element in CSS pixels, followed. */

import { onMounted, onScopeDispose, type Ref, shallowRef } from "vue";
import type { Size } from "./camera";

export function useSize(element: Readonly<Ref<HTMLElement | null>>) {
  const size = shallowRef<Size>({ width: 0, height: 0 });
  const observer = new ResizeObserver(read);

  function read(): void {
    const { clientWidth: width, clientHeight: height } = element.value ?? { clientWidth: 0, clientHeight: 0 };
    if (width !== size.value.width || height !== size.value.height) size.value = { width, height };
  }

  onMounted(() => {
    read();
    if (element.value) observer.observe(element.value);
  });
  onScopeDispose(() => observer.disconnect());
  return size;
}
