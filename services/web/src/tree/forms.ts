/** The ways a lineage is laid out on the canvas. */

export const FORMS = ["rings", "tidy", "radial"] as const;
export type TreeForm = (typeof FORMS)[number];

/** What the colour of a dot says: when a child was created, how much it holds or began with, what it is tagged with. */
export const COLOURINGS = ["age", "balance", "tag"] as const;
export type Colouring = (typeof COLOURINGS)[number];
