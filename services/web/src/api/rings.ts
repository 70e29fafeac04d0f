/** The children of an account as dots, and who one of them is. */

import { queryOptions } from "@tanstack/vue-query";
import { decodeRings, type DecodedRings } from "@/tree/rings/decode";
import { answerOf, api } from "./client";
import type { components } from "./schema";

export type ChildAt = components["schemas"]["ChildAt"];

/** Every child as two numbers. What is cached is asked for again: the server says when nothing has changed. */
export function ringsQuery(network: string, address: string) {
  return queryOptions({
    // Not below `keys.account`: what grew is drawn when somebody asks for it, not whenever the account changes.
    queryKey: ["rings", network, address] as const,
    queryFn: ({ signal }) => fetchRings(network, address, signal),
  });
}

/** Throws ApiProblem, or what `decodeRings` throws. */
export async function fetchRings(network: string, address: string, signal: AbortSignal | null = null): Promise<DecodedRings> {
  const asked = api.GET("/api/v1/{network}/accounts/{address}/rings", {
    signal,
    params: { path: { network, address } },
    parseAs: "arrayBuffer",
    cache: "no-cache",
  });
  return decodeRings(await answerOf<ArrayBuffer>(asked));
}

/** Who the dot of that index is. Its minute and class differ from the dot's where the rings have changed since. */
export function childAt(network: string, address: string, i: number, signal: AbortSignal | null = null): Promise<ChildAt> {
  return answerOf(
    api.GET("/api/v1/{network}/accounts/{address}/children/at", { signal, params: { path: { network, address }, query: { i } } }),
  );
}
