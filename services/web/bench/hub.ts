/** From an answer of the API to where every dot stands, in which colour, and where years begin: nothing kept from before. */

import type { Lineage } from "@/api/types";
import { arranged } from "@/tree/arrange";
import type { Layout } from "@/tree/layout";
import { estimate } from "@/tree/measure";
import { buildModel } from "@/tree/model";
import { tintsOf } from "@/tree/rings/colours";
import { type ChildrenDots, dotsOf, minuteOf } from "@/tree/rings/dots";
import { spiralOf } from "@/tree/rings/spiral";
import { type YearMark, yearsOf } from "@/tree/rings/years";
import { world } from "../tests/tree/world";

const SCALE = { from: minuteOf("2018-11"), to: minuteOf("2026-11") };

export interface LaidHub {
  readonly layout: Layout;
  readonly places: Float32Array;
  readonly dots: ChildrenDots;
  readonly tints: Uint8Array | null;
  readonly years: readonly YearMark[];
}

export function hubOf(total: number): Lineage {
  return world({ total, notable: 30, months: 96 });
}

export function laidOut(hub: Lineage): LaidHub {
  const model = buildModel(hub);
  const layout = arranged(model, { form: "rings", measure: estimate, narrow: false });
  const { count, hole } = layout.placed.get(model.focus)!.spot!.disc!;
  const dots = dotsOf(hub.children);
  return { layout, places: spiralOf(count + hole), dots, tints: tintsOf(dots, "age", SCALE), years: yearsOf(dots) };
}
