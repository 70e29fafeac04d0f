/** What came of an expansion, in words: told once it has ended. */

import type { Lineage, RequestStatus } from "@/api/types";
import { counted, formatCount } from "@/formats/amounts";

/** Whether any of it went wrong. */
export function isMarred({ expansion }: Pick<RequestStatus, "expansion">): boolean {
  return expansion.failed > 0;
}

export function expandedWords({ expansion }: Pick<RequestStatus, "expansion">): string {
  const { children, children_complete: complete, granted, finished, failed } = expansion;
  const own = `${counted(children, "child", "children")} read${complete ? ", which is all" : ""}`;
  if (granted === 0) return `Expanded: ${own}.`;
  const marred = failed > 0 ? `; ${formatCount(failed)} failed: their own pages say why` : "";
  return `Expanded: ${own}; ${formatCount(finished)} of ${formatCount(granted)} expanded in turn${marred}.`;
}

/** Where the answer came at once: all that was asked for is known. */
export function knownWords({ children }: Pick<Lineage, "children">): string {
  return `Nothing was left to read: ${counted(children.total, "child", "children")} ${children.complete ? "are all there is" : "are known, and as many pages were read"}.`;
}
