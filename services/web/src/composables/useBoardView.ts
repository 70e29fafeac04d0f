/** What of the leaderboard is shown: it stands in the URL, so that a link shows the same. */

import { computed } from "vue";
import type { BoardQuestion } from "@/api/standings";
import type { ChangeType } from "@/api/types";
import { CHANGE_TYPES, PERIODS } from "@/standings/words";
import { useUrlQuery } from "./useUrlQuery";

export const PARTS = ["board", "movers", "changes"] as const;
export type Part = (typeof PARTS)[number];

export function useBoardView() {
  const { text, located, show } = useUrlQuery();

  const threshold = computed(() => {
    const found = text("threshold");
    return found && /^\d{1,12}$/.test(found) ? Number(found) : null;
  });
  const period = computed(() => PERIODS.find((name) => name === text("period")) ?? "24h");
  const question = computed<BoardQuestion>(() => ({ threshold: threshold.value, period: period.value }));
  const part = computed<Part>(() => PARTS.find((name) => name === text("part")) ?? "board");
  const types = computed<ChangeType[]>(() => {
    const named = new Set(text("type")?.split(","));
    return CHANGE_TYPES.filter((type) => named.has(type));
  });

  return { threshold, period, question, part, types, located, show };
}
