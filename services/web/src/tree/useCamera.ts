/** Which part of the layout an element shows: moved by gestures, and by the program, eased unless the user wants no motion. */

import { onMounted, onScopeDispose, type Ref, shallowRef } from "vue";
import { fetchedAtLast } from "@/parts/loading";
import type { Size, Zooms } from "./camera";
import type { Gestures } from "./gestures";
import type { View } from "./painters/canvas";

export const ZOOM_MS = 300;
export const FIT_MS = 750;
const MOVE_MS = 200;

export interface CameraOptions {
  readonly element: Readonly<Ref<HTMLElement | null>>;
  readonly size: Readonly<Ref<Size>>;
  readonly zooms: () => Zooms;
  /** Called when a gesture of the user has ended. */
  readonly onRest: () => void;
}

export function useCamera({ element, size, zooms, onRest }: CameraOptions) {
  const view = shallowRef<View>({ x: 0, y: 0, k: 1 });
  /** The user has moved the view; it is theirs now. */
  const moved = shallowRef(false);
  const busy = shallowRef(false);
  /** None until they are fetched: the program moves the view without them, at once. */
  const gestures = shallowRef<Gestures | null>(null);
  let attached = Promise.resolve();
  let gone = false;

  async function attach(): Promise<void> {
    const fetched = await fetchedAtLast("Moving the tree", () => import("./gestures"), () => !gone);
    if (!fetched || gone || !element.value) return;
    gestures.value = fetched.gesturesOf(element.value, view.value, {
      size: () => size.value,
      zooms,
      onView: (next) => (view.value = next),
      onGrab: () => (busy.value = moved.value = true),
      onRest: () => {
        busy.value = false;
        onRest();
      },
    });
  }

  onMounted(() => (attached = attach()));
  onScopeDispose(() => {
    gone = true;
    gestures.value?.release();
  });

  function show(next: View, milliseconds = 0): void {
    if (gestures.value) gestures.value.show(next, prefersStillness() ? 0 : milliseconds);
    else view.value = next;
  }

  /** About a point of the view, else about its middle. */
  async function zoomBy(factor: number, about?: [x: number, y: number]): Promise<void> {
    moved.value = true;
    await attached;
    gestures.value?.zoomBy(factor, prefersStillness() ? 0 : ZOOM_MS, about);
  }

  return {
    view,
    moved,
    busy,
    zoomBy,
    /** Shows this part now. */
    jump: (next: View) => show(next),
    /** Moves there as little as a step of the keyboard asks. */
    glide: (next: View) => show(next, MOVE_MS),
    fly: (next: View) => show(next, FIT_MS),
  };
}

export function prefersStillness(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
