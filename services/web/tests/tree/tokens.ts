/** Tokens that name themselves, so that a test reads which one was used. */

import { TAG_CLASSES } from "@/tree/tags";
import { INKS, type Tokens } from "@/tree/tokens";

export const TOKENS: Tokens = {
  ink: Object.fromEntries(INKS.map((name) => [name, name])) as Tokens["ink"],
  face: { sans: "Sans", mono: 'Mono, "Other"' },
  ramp: ["#000000", "#888888", "#ffffff"],
  unknown: "#ff0000",
  tags: TAG_CLASSES.slice(1).map((_, at) => `#0000${(16 + at).toString(16)}`),
};
