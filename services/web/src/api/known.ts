/** The children of whom more is known than that they were created. */

import { queryOptions } from "@tanstack/vue-query";
import { answerOf, api } from "./client";
import { keys } from "./queries";

const MOST = 500;

/** Those whose balance is known, the richest first: as many as one page holds. */
export function knownChildrenQuery(network: string, address: string) {
  return queryOptions({
    queryKey: [...keys.children(network, address), "known"] as const,
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/{network}/accounts/{address}/children", {
          signal,
          params: { path: { network, address }, query: { sort: "balance", limit: MOST } },
        }),
      ),
  });
}
