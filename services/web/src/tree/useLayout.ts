/** The layout of a model on its way to the next one; what the user looks at stays where it is. */

import { computed, onScopeDispose, type Ref, shallowRef, watch } from "vue";
import { arranged } from "./arrange";
import { anchored, anchorOf, NARROW_PX, opening, type Size } from "./camera";
import type { TreeForm } from "./forms";
import { between, type Layout, type Placed } from "./layout";
import type { Measure } from "./measure";
import type { Spread } from "./spacing";
import type { LineageModel } from "./types";
import type { View } from "./painters/canvas";
import { prefersStillness, type useCamera } from "./useCamera";

const GROW_MS = 280;

export interface LayoutOptions {
  readonly model: Readonly<Ref<LineageModel>>;
  readonly form: Readonly<Ref<TreeForm>>;
  readonly spread: Readonly<Ref<Spread>>;
  readonly size: Readonly<Ref<Size>>;
  readonly measure: Readonly<Ref<Measure>>;
  readonly camera: Pick<ReturnType<typeof useCamera>, "view" | "moved" | "busy" | "jump">;
  /** Ids that should stay where they are, the most important first. */
  readonly held: () => (string | null)[];
  /** Somebody has changed what is drawn: it stays where it is on the screen, however large the canvas becomes. */
  readonly touched: () => boolean;
  /** Where the canvas begins on the page: what comes above it pushes it down. */
  readonly top: () => number;
  /** The view to begin with; null: whatever suits the tree. */
  readonly begin: () => View | null;
}

export function useLayout({ model, form, spread, size, measure, camera, held, touched, top, begin }: LayoutOptions) {
  const narrow = computed(() => size.value.width < NARROW_PX);
  const wanted = computed(() => {
    const arrangement = { form: form.value, measure: measure.value, narrow: narrow.value, spread: spread.value };
    return arranged(model.value, arrangement);
  });
  /** Where everything is or will be in a moment. */
  const target = shallowRef<Layout>(wanted.value);
  /** What is painted now. */
  const current = shallowRef<Layout>(wanted.value);
  let frame = 0;
  let shownAt: Size | null = null;
  let shownTop = 0;
  let about = model.value.focus;
  /** The first look was of less than was asked for at once: until that has come, it is taken again, unless one looks elsewhere. */
  let early = true;
  let opened: View | null = null;

  /** Takes the wanted layout over. While the user drags it would slip from under the pointer, so it waits. */
  function settle(): void {
    if (camera.busy.value || size.value.width === 0) return;
    const before = target.value;
    const resized = shownAt !== size.value;
    const anchor = anchorOf(before, wanted.value, { view: camera.view.value, size: size.value, wanted: held() });
    const same = shownAt !== null && about === model.value.focus;
    const better = early && isAlike(opened, camera.view.value) && !isAlike(opened, suiting());
    const looked = same && (camera.moved.value || touched() || !(resized || better));
    early = (early || !same) && model.value.wants.some(({ what }) => what !== "set"); // what else is seen of other accounts moves nothing
    about = model.value.focus;
    target.value = wanted.value;
    shownAt = size.value;
    const pushed = resized ? top() - shownTop : 0;
    shownTop += pushed;
    if (!looked || !anchor || before.form !== wanted.value.form) open();
    else {
      if (pushed !== 0) camera.jump({ ...camera.view.value, y: camera.view.value.y - pushed });
      if (before !== target.value) follow(anchor, before);
    }
  }

  function open(): void {
    cancelAnimationFrame(frame);
    opened = begin() ?? suiting();
    camera.jump(opened);
    current.value = target.value;
  }

  function suiting(): View {
    return opening(wanted.value, model.value.focus, size.value);
  }

  function follow(anchor: Placed, before: Layout): void {
    const after = target.value.placed.get(anchor.shown.id)!;
    camera.jump(anchored(camera.view.value, anchor, after));
    const [dx, dy] = [after.x - anchor.x, after.y + after.h / 2 - anchor.y - anchor.h / 2];
    move(shifted(before, dx, dy));
  }

  function move(from: Layout): void {
    cancelAnimationFrame(frame);
    if (prefersStillness()) {
      current.value = target.value;
      return;
    }
    const start = performance.now();
    const step = (now: number): void => {
      const part = Math.min(1, Math.max(0, now - start) / GROW_MS);
      current.value = part < 1 ? between(from, target.value, 1 - (1 - part) ** 3) : target.value;
      if (part < 1) frame = requestAnimationFrame(step);
    };
    step(start);
  }

  watch([wanted, size], settle, { flush: "post" });
  onScopeDispose(() => cancelAnimationFrame(frame));
  return { current, target, settle };
}

function isAlike(one: View | null, other: View): boolean {
  return one !== null && one.k === other.k && one.x === other.x && one.y === other.y;
}

function shifted(layout: Layout, dx: number, dy: number): Layout {
  const placed = new Map<string, Placed>();
  for (const [id, node] of layout.placed) placed.set(id, { ...node, x: node.x + dx, y: node.y + dy });
  return { ...layout, placed };
}
