/** From a model to where everything stands, in one of the forms. */

import { cardMaker } from "./cards";
import { fold } from "./fold";
import type { TreeForm } from "./forms";
import { type Layout, layOut, NARROW, ROOMY } from "./layout";
import type { Measure } from "./measure";
import { layRadially } from "./radial";
import { sprout } from "./spots";
import type { LineageModel } from "./types";

export interface Arrangement {
  readonly form: TreeForm;
  readonly measure: Measure;
  /** For small screens. */
  readonly narrow: boolean;
}

export function arranged(model: LineageModel, { form, measure, narrow }: Arrangement): Layout {
  const [root, cardOf] = [fold(model, form), cardMaker(measure, narrow)];
  return form === "tidy" ? layOut(root, cardOf, narrow ? NARROW : ROOMY) : layRadially(sprout(root, form, cardOf), form);
}
