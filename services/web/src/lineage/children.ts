/** How many children are known, said alike wherever they are counted. */

import { formatCount } from "@/formats/amounts";

interface Known {
  total: number;
  complete: boolean;
  asked: boolean;
}

/** Whether anything is known of them at all. */
export function isCounted({ asked, total }: Pick<Known, "asked" | "total">): boolean {
  return asked || total > 0;
}

/** Whether there is a number to tell: that there are at least none says nothing. */
export function hasCount({ total, complete }: Pick<Known, "total" | "complete">): boolean {
  return complete || total > 0;
}

/** Why there is none. */
export function countless({ asked }: Pick<Known, "asked">): string {
  return asked ? "No child was found yet, and not all was read." : "Nobody has asked for this account's children yet.";
}

/** `4`; `≥ 4` while not all of them were read. */
export function childrenCount(known: Known): string {
  return `${!known.complete && isCounted(known) ? "≥ " : ""}${formatCount(known.total)}`;
}
