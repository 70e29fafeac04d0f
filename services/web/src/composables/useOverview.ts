/** The home page of a network, read again while it changes. */

import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { overviewQuery } from "@/api/queries";

const FILLING_MS = 1_500;
const QUIET_MS = 10_000;

export function useOverview(network: () => string | null) {
  return useQuery(() => {
    const name = network();
    return {
      ...overviewQuery(name ?? ""),
      enabled: name !== null,
      placeholderData: keepPreviousData,
      refetchInterval: ({ state }) => (state.data?.fill ? FILLING_MS : state.data?.current === false ? false : QUIET_MS),
    };
  });
}
