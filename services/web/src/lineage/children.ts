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

/** `4`; `≥ 4` while not all of them were read. */
export function childrenCount(known: Known): string {
  return `${!known.complete && isCounted(known) ? "≥ " : ""}${formatCount(known.total)}`;
}
