/** Paints a canvas again whenever what it shows has changed, at most once a frame. */

import { onMounted, onScopeDispose, type Ref, watch, type WatchSource } from "vue";
import type { Size } from "./camera";
import { paint, type View } from "./painters/canvas";
import { DiscPictures } from "./painters/discs";
import type { Scene } from "./scene";
import type { Tokens } from "./tokens";

/** Told by a canvas each time it was painted, with the scene. */
export const PAINTED = "painted";

export interface DrawingOptions {
  readonly canvas: Readonly<Ref<HTMLCanvasElement | null>>;
  readonly size: Readonly<Ref<Size>>;
  readonly view: Readonly<Ref<View>>;
  readonly tokens: Readonly<Ref<Tokens | null>>;
  readonly scene: () => Scene;
  readonly changes: WatchSource[];
}

export function useDrawing({ canvas, size, view, tokens, scene, changes }: DrawingOptions): void {
  const pictures = new DiscPictures();
  let frame = 0;

  function draw(): void {
    const context = canvas.value?.getContext("2d");
    if (!context || !tokens.value || size.value.width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    const [across, down] = [Math.round(size.value.width * ratio), Math.round(size.value.height * ratio)];
    if (context.canvas.width !== across || context.canvas.height !== down) {
      context.canvas.width = across;
      context.canvas.height = down;
    }
    const painted = scene();
    paint(context, painted, { tokens: tokens.value, pictures, view: view.value, ratio });
    // Nothing else tells from outside what the pixels mean: tests hold what was painted against what is true.
    context.canvas.dispatchEvent(new CustomEvent(PAINTED, { bubbles: true, detail: painted }));
    if (pictures.unfinished) drawSoon();
  }

  function drawSoon(): void {
    if (frame) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      draw();
    });
  }

  watch([size, view, tokens, ...changes], drawSoon);
  onMounted(drawSoon);
  onScopeDispose(() => cancelAnimationFrame(frame));
}
