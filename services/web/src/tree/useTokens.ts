/** The tokens of a canvas and exact widths in its fonts; read again when the theme or the fonts change. */

import { onMounted, onScopeDispose, type Ref, shallowRef } from "vue";
import { estimate, type Measure, remembered } from "./measure";
import { readTokens, type Tokens } from "./tokens";

const UNIT_PX = 100;

export function useTokens(canvas: Readonly<Ref<HTMLCanvasElement | null>>) {
  const tokens = shallowRef<Tokens | null>(null);
  const measure = shallowRef<Measure>(estimate);
  const themes = new MutationObserver(read);
  const scheme = matchMedia("(prefers-color-scheme: dark)");

  function read(): void {
    if (canvas.value) tokens.value = readTokens(canvas.value);
  }

  function measureAnew(): void {
    read();
    // The canvas itself, not another: it inherits font features such as tabular figures from the page.
    const context = canvas.value?.getContext("2d");
    const face = tokens.value?.face;
    if (!context || !face) return;
    measure.value = remembered((text, name, weight) => {
      context.font = `${weight} ${UNIT_PX}px ${face[name]}`;
      return context.measureText(text).width / UNIT_PX;
    });
  }

  onMounted(() => {
    measureAnew();
    themes.observe(document.documentElement, { attributes: true });
    scheme.addEventListener("change", read);
    document.fonts?.addEventListener("loadingdone", measureAnew);
  });
  onScopeDispose(() => {
    themes.disconnect();
    scheme.removeEventListener("change", read);
    document.fonts?.removeEventListener("loadingdone", measureAnew);
  });

  return { tokens, measure };
}
