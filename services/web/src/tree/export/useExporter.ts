/** Files of the tree; what makes them is fetched when one is wished for. */

import type { Ref } from "vue";
import { fetched } from "@/parts/loading";
import type { Measure } from "../measure";
import type { Box } from "../layout";
import type { Scene } from "../scene";
import type { Tokens } from "../tokens";
import type { Caption, Exporter, PictureWish } from "./exporter";
import type { Shot } from "./shot";

export interface ExporterOptions {
  /** What is drawn of that part, or all of it. */
  readonly sceneOf: (part: PictureWish["part"]) => { readonly scene: Scene; readonly part: Box | null };
  readonly caption: () => Caption;
  readonly measure: Readonly<Ref<Measure>>;
  readonly tokens: Readonly<Ref<Tokens | null>>;
  readonly host: Readonly<Ref<HTMLElement | null>>;
}

const WHAT = "What makes files of the tree";
const shots = () => fetched(WHAT, () => import("./shot"));
const pictures = () => fetched(WHAT, () => import("./pictures"));

export function useExporter({ sceneOf, caption, measure, tokens, host }: ExporterOptions): Exporter {
  async function shot(wish: PictureWish): Promise<Shot> {
    const { scene, part } = sceneOf(wish.part);
    const { shotOf } = await shots();
    return shotOf(scene, { part, caption: caption(), measure: measure.value });
  }

  return {
    async exportScene(wish) {
      const [taken, { pngOf, svgOf }] = await Promise.all([shot(wish), pictures()]);
      await document.fonts.ready;
      const facts = { tokens: tokens.value!, host: host.value! };
      return wish.format === "png" ? pngOf(taken, wish.scale, facts) : svgOf(taken, facts.tokens);
    },
    async measured(wish) {
      const [taken, { sizeOf }] = await Promise.all([shot(wish), shots()]);
      return sizeOf(taken, wish.format === "png" ? wish.scale : 1);
    },
  };
}
