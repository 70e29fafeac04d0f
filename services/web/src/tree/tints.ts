/** What the colour of a node says, in the same steps as the dots of a disc. */

import type { Colouring } from "./forms";
import { balanceClass } from "./rings/balances";
import { type AgeScale, agesOf } from "./rings/colours";
import { UNKNOWN_MINUTE } from "./rings/decode";
import { tagClass } from "./tags";
import type { TreeNode } from "./types";

/** A step of a palette; 0 is what is not known. */
export interface Tint {
  readonly colouring: Colouring;
  readonly step: number;
}

const MINUTE_MS = 60_000;

/** Of a child; all else has the colours of its part in the tree. */
export function tintOf({ kind, createdAt, startingBalance, face }: TreeNode, colouring: Colouring, scale: AgeScale): Tint | null {
  if (kind !== "child") return null;
  switch (colouring) {
    case "age": {
      const minute = createdAt === null ? UNKNOWN_MINUTE : Date.parse(createdAt) / MINUTE_MS;
      return { colouring, step: agesOf(Uint32Array.of(minute), scale)[0]! };
    }
    case "balance":
      return { colouring, step: balanceClass(face?.balance_stroops ?? startingBalance) };
    case "tag":
      return { colouring, step: tagClass(face?.tags ?? null) };
  }
}

/** It is known what the account holds today, not only what it began with. */
export function isOfToday({ face }: Pick<TreeNode, "face">): boolean {
  return face !== null && face.balance_stroops !== null;
}
