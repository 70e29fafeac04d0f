/** How much of each source's limit there is; read when somebody is about to spend it, or as often as told. */

import { useQuery } from "@tanstack/vue-query";
import { usageQuery } from "@/api/queries";

export function useUsage(everyMs: number | null = null) {
  return useQuery(() => ({ ...usageQuery(), refetchInterval: everyMs ?? (false as const) }));
}
