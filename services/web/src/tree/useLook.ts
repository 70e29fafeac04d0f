/** Keeps the word of where one looks true, and looks where it says. */

import { type Ref, watch } from "vue";
import { throttled } from "@/composables/throttled";
import type { Size, Zooms } from "./camera";
import type { TreeForm } from "./forms";
import { lookOf, viewOf } from "./looks";
import type { View } from "./painters/canvas";
import type { useCamera } from "./useCamera";

const TOLD_MS = 500;

export interface LookOptions {
  /** What the link says. */
  readonly word: Readonly<Ref<string | null>>;
  readonly form: Readonly<Ref<TreeForm>>;
  /** The account in the middle: of another one the word says nothing. */
  readonly about: () => string;
  readonly size: Readonly<Ref<Size>>;
  readonly zooms: () => Zooms;
  readonly camera: Pick<ReturnType<typeof useCamera>, "view" | "moved" | "fly">;
  readonly tell: (word: string | null) => void;
}

/** Returns the view to begin with, once; null: whatever suits the tree. */
export function useLook({ word, form, about, size, zooms, camera, tell }: LookOptions): () => View | null {
  let told: string | null = word.value;
  let begun = false;

  const say = (next: string | null): void => {
    if (next === told) return;
    told = next;
    tell(next);
  };
  const sayView = throttled(TOLD_MS, () => {
    if (camera.moved.value) say(lookOf(camera.view.value, size.value, form.value));
  });

  watch(camera.view, () => camera.moved.value && size.value.width > 0 && sayView());
  watch([form, about], () => {
    camera.moved.value = false;
    say(null);
  });
  watch(word, (now) => {
    if (now === told) return;
    told = now;
    const view = viewOf(now, { form: form.value, size: size.value, zooms: zooms() });
    if (view) camera.fly(view);
  });

  return () => {
    const first = begun ? null : viewOf(word.value, { form: form.value, size: size.value, zooms: zooms() });
    begun = true;
    if (first) camera.moved.value = true;
    return first;
  };
}
