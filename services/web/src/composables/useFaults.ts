/** The faults of the sandbox as they are now; read often while somebody looks at them, changed as a whole. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed } from "vue";
import { type Fault, faultsNow, type Faults, setFaults } from "@/api/faults";
import { useAdmin } from "./useAdmin";

const KEY = ["admin", "faults"] as const;

export function useFaults(everyMs: number) {
  const { access, asAdmin } = useAdmin();
  const cache = useQueryClient();
  const { data, error, refetch, isFetching } = useQuery(() => ({
    queryKey: KEY,
    queryFn: ({ signal }: { signal: AbortSignal }) => asAdmin((token) => faultsNow(token, signal)),
    enabled: access.token !== null,
    // Null: the sandbox is not served here, and will not be before a new start.
    refetchInterval: ({ state }: { state: { data: Faults | null | undefined } }) => (state.data === null ? false : everyMs),
    staleTime: 0,
  }));
  const faults = computed(() => data.value?.faults ?? []);
  const changing = useMutation({
    mutationFn: (wanted: Fault[]) =>
      asAdmin((token) => setFaults(token, { seed: data.value?.seed ?? 1, faults: wanted })),
    onSuccess: (now) => (now === null ? undefined : cache.setQueryData(KEY, now)),
    onSettled: () => cache.invalidateQueries({ queryKey: KEY }),
  });

  return { served: computed(() => data.value !== null), data, faults, error, refetch, isFetching, changing };
}
