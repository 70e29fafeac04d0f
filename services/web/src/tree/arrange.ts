/** From a model to where everything stands, in one of the forms. */

import { cardMaker } from "./cards";
import { fold } from "./fold";
import type { TreeForm } from "./forms";
import { type Layout, layOut, NARROW, ROOMY } from "./layout";
import type { Measure } from "./measure";
import { AROUND, layRadially } from "./radial";
import { AS_IT_IS, spaced, type Spread } from "./spacing";
import { sprout } from "./spots";
import type { LineageModel } from "./types";

export interface Arrangement {
  readonly form: TreeForm;
  readonly measure: Measure;
  /** For small screens. */
  readonly narrow: boolean;
  readonly spread?: Spread;
}

export function arranged(model: LineageModel, { form, measure, narrow, spread = AS_IT_IS }: Arrangement): Layout {
  const [root, cardOf] = [fold(model, form), cardMaker(measure, narrow)];
  if (form === "tidy") return layOut(root, cardOf, spaced(narrow ? NARROW : ROOMY, spread));
  return layRadially(sprout(root, form, cardOf), form, form === "radial" ? spaced(AROUND, spread) : AROUND);
}
