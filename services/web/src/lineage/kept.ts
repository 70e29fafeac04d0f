/** What stays of a mapping that went no further, in words, and what goes on from there. */

import type { Lineage, RequestStatus } from "@/api/types";
import { counted, formatCount } from "@/formats/amounts";
import { hasCount } from "./children";

type Kept = Pick<Lineage, "ancestors" | "children" | "lineage" | "complete">;

/** `8 creators and 1,204 children`; empty where nothing was read. */
export function keptWords({ ancestors, children }: Pick<Kept, "ancestors" | "children">): string {
  const parts = [
    ancestors.length > 0 ? counted(ancestors.length, "creator", "creators") : null,
    hasCount(children) ? counted(children.total, "child", "children") : null,
  ];
  return parts.filter((part) => part !== null).join(" and ");
}

/** After somebody ended it: what was read until then, and what reads on. */
export function endedWords(lineage: Kept, request: Pick<RequestStatus, "expansion"> | undefined): string {
  const words = keptWords(lineage);
  if (!words) return "Nothing was read yet.";
  const { granted = 0, finished = 0 } = request?.expansion ?? {};
  const expanded = granted > 0 ? `, ${formatCount(finished)} of ${counted(granted, "child", "children")} expanded` : "";
  const next = lineage.complete ? "“Expand…”" : "“Ask again”";
  return `Kept: ${words}${expanded}. ${next} goes on from there.`;
}
