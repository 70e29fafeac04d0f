/** How much of each source's limit there is; read when somebody is about to spend it. */

import { useQuery } from "@tanstack/vue-query";
import { usageQuery } from "@/api/queries";

export function useUsage() {
  return useQuery(usageQuery());
}
