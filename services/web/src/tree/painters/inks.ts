/** The colour of a mark: of its part in the tree, or of what is known of the account. */

import type { Mark } from "../marks";
import { paletteOf } from "../rings/colours";
import type { Tokens } from "../tokens";

export function colourOf({ ink, tint }: Pick<Mark, "ink" | "tint">, tokens: Tokens): string {
  return tint ? paletteOf(tokens, tint.colouring)[tint.step]! : tokens.ink[ink];
}
