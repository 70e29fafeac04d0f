/**
 * Wheel, pinch and drag over an element, and moves that are eased. A module of its own, fetched while the tree is painted
 * already: it is a third of all that the canvas needs, and the first picture needs none of it.
 */

import "d3-transition";
import { select } from "d3-selection";
import { zoom, zoomIdentity } from "d3-zoom";
import type { Size, Zooms } from "./camera";
import type { View } from "./painters/canvas";

/** A press that moves less than this is a click. */
const CLICK_PX = 4;

export interface Steered {
  readonly size: () => Size;
  readonly zooms: () => Zooms;
  readonly onView: (view: View) => void;
  /** The user has begun to move it. */
  readonly onGrab: () => void;
  readonly onRest: () => void;
}

export interface Gestures {
  /** Moves there; at once with no milliseconds. */
  readonly show: (next: View, milliseconds: number) => void;
  /** About a point of the view, else about its middle. */
  readonly zoomBy: (factor: number, milliseconds: number, about?: [x: number, y: number]) => void;
  /** Afterwards it answers no gesture. */
  readonly release: () => void;
}

/** Takes the element over; what it shows at that moment is `from`. */
export function gesturesOf(element: HTMLElement, from: View, { size, zooms, onView, onGrab, onRest }: Steered): Gestures {
  const behaviour = zoom<HTMLElement, unknown>()
    .clickDistance(CLICK_PX)
    .extent(() => [
      [0, 0],
      [size().width, size().height],
    ])
    .on("start.extent", () => limit())
    .on("start", ({ sourceEvent }) => sourceEvent && onGrab())
    .on("zoom", ({ transform: { x, y, k } }) => onView({ x, y, k }))
    .on("end", ({ sourceEvent }) => sourceEvent && onRest());

  /** What is shown decides how far one can zoom, so it is asked again with each move. */
  function limit(): void {
    const [least, most] = zooms();
    behaviour.scaleExtent([least, most]);
  }

  function show(next: View, milliseconds: number): void {
    limit();
    const target = zoomIdentity.translate(next.x, next.y).scale(next.k);
    if (milliseconds === 0) select(element).interrupt().call(behaviour.transform, target);
    else select(element).transition().duration(milliseconds).call(behaviour.transform, target);
  }

  function zoomBy(factor: number, milliseconds: number, about?: [x: number, y: number]): void {
    if (milliseconds === 0) select(element).call(behaviour.scaleBy, factor, about);
    else select(element).transition().duration(milliseconds).call(behaviour.scaleBy, factor, about);
  }

  limit();
  select(element).call(behaviour).on("dblclick.zoom", null);
  show(from, 0);
  return { show, zoomBy, release: () => void select(element).interrupt().on(".zoom", null) };
}
