/** Zoom and pan of an element: wheel, pinch, drag, and moves by the program, eased unless the user wants no motion. */

import "d3-transition";
import { select } from "d3-selection";
import { zoom, zoomIdentity } from "d3-zoom";
import { onMounted, onScopeDispose, type Ref, shallowRef } from "vue";
import type { Size, Zooms } from "./camera";
import type { View } from "./painters/canvas";

export const ZOOM_MS = 300;
export const FIT_MS = 750;
const MOVE_MS = 200;
/** A press that moves less than this is a click. */
const CLICK_PX = 4;

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

  const behaviour = zoom<HTMLElement, unknown>()
    .clickDistance(CLICK_PX)
    .extent(() => [
      [0, 0],
      [size.value.width, size.value.height],
    ])
    .on("start.extent", () => limit())
    .on("start", ({ sourceEvent }) => {
      if (sourceEvent) busy.value = moved.value = true;
    })
    .on("zoom", ({ transform: { x, y, k } }) => (view.value = { x, y, k }))
    .on("end", ({ sourceEvent }) => {
      if (!sourceEvent) return;
      busy.value = false;
      onRest();
    });

  /** What is shown decides how far one can zoom, so it is asked again with each move. */
  function limit(): void {
    const [least, most] = zooms();
    behaviour.scaleExtent([least, most]);
  }

  onMounted(() => {
    limit();
    if (element.value) select(element.value).call(behaviour).on("dblclick.zoom", null);
  });
  onScopeDispose(() => {
    if (element.value) select(element.value).interrupt().on(".zoom", null);
  });

  function show(next: View, milliseconds = 0): void {
    if (!element.value) return;
    limit();
    const target = zoomIdentity.translate(next.x, next.y).scale(next.k);
    const selection = select(element.value);
    if (milliseconds === 0 || prefersStillness()) selection.interrupt().call(behaviour.transform, target);
    else selection.transition().duration(milliseconds).call(behaviour.transform, target);
  }

  /** About a point of the view, else about its middle. */
  function zoomBy(factor: number, about?: [x: number, y: number]): void {
    if (!element.value) return;
    moved.value = true;
    const selection = select(element.value);
    if (prefersStillness()) selection.call(behaviour.scaleBy, factor, about);
    else selection.transition().duration(ZOOM_MS).call(behaviour.scaleBy, factor, about);
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
