/** What the pages read, by name: its key in the cache, how it is fetched, how long it holds. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/vue-query";
import { answerOf, api } from "./client";
import type { Children, ChildSort, Health, Search } from "./types";

const CHILDREN_PAGE = 200;

export const keys = {
  networks: () => ["networks"] as const,
  usage: () => ["usage"] as const,
  health: () => ["health"] as const,
  suggestions: (network: string, q: string) => ["suggestions", network, q] as const,
  overview: (network: string) => ["overview", network] as const,
  /** Everything about one account: to be invalidated as a whole. */
  account: (network: string, address: string) => ["account", network, address] as const,
  lineage: (network: string, address: string) => ["account", network, address, "lineage"] as const,
  profile: (network: string, address: string) => ["account", network, address, "profile"] as const,
  stages: (network: string, address: string) => ["account", network, address, "stages"] as const,
  children: (network: string, address: string) => ["account", network, address, "children"] as const,
  request: (network: string, id: string) => ["request", network, id] as const,
};

/** Whether a query is about that network: its name stands second in its key. */
export function ofNetwork(network: string) {
  return ({ queryKey }: { queryKey: readonly unknown[] }): boolean => queryKey[1] === network;
}

export function networksQuery() {
  return queryOptions({
    queryKey: keys.networks(),
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/networks", { signal })),
  });
}

export function usageQuery() {
  return queryOptions({
    queryKey: keys.usage(),
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/usage", { signal })),
  });
}

export function healthQuery() {
  return queryOptions({ queryKey: keys.health(), queryFn: ({ signal }) => answerOf(healthNow(signal)) });
}

/** An unhealthy installation answers 503, and what is wrong with it. */
async function healthNow(signal: AbortSignal) {
  const { data, error, response } = await api.GET("/api/v1/health", { signal });
  return { data: data ?? (error && "checks" in error ? (error as Health) : undefined), error, response };
}

export function overviewQuery(network: string) {
  return queryOptions({
    queryKey: keys.overview(network),
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/{network}/overview", { signal, params: { path: { network } } })),
  });
}

const SUGGESTED = 8;
const SUGGESTED_MS = 30_000;
const LOOKED_ON = 3; // times, where what was looked at held nothing and more is left

/** Accounts that what was typed may mean. */
export function suggestionsQuery(network: string, q: string) {
  return queryOptions({
    queryKey: keys.suggestions(network, q),
    queryFn: ({ signal }) => suggestions(network, q, signal),
    staleTime: SUGGESTED_MS,
  });
}

/** The first page that holds any, or the last that is looked at. */
async function suggestions(network: string, q: string, signal: AbortSignal, left = LOOKED_ON, cursor?: string): Promise<Search> {
  const query = { q, limit: SUGGESTED, ...(cursor ? { cursor } : {}) };
  const page = await answerOf(api.GET("/api/v1/{network}/search", { signal, params: { path: { network }, query } }));
  if (page.accounts.length || !page.next_cursor || !left) return page;
  return suggestions(network, q, signal, left - 1, page.next_cursor);
}

export function lineageQuery(network: string, address: string) {
  return queryOptions({
    queryKey: keys.lineage(network, address),
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/{network}/accounts/{address}/lineage", { signal, params: { path: { network, address } } }),
      ),
  });
}

const SIBLINGS = 4; // of each level

/** The first siblings along a chain, nearest level first. */
export function siblingsQuery(network: string, address: string, levels: number) {
  const query = { levels, limit: SIBLINGS };
  return queryOptions({
    queryKey: [...keys.account(network, address), "siblings", levels] as const,
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/{network}/accounts/{address}/siblings", { signal, params: { path: { network, address }, query } })),
  });
}

export function profileQuery(network: string, address: string) {
  return queryOptions({
    queryKey: keys.profile(network, address),
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/{network}/accounts/{address}", { signal, params: { path: { network, address } } })),
  });
}

export function stagesQuery(network: string, address: string) {
  return queryOptions({
    queryKey: keys.stages(network, address),
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/{network}/accounts/{address}/stages", { signal, params: { path: { network, address } } }),
      ),
  });
}

export function requestQuery(network: string, id: string) {
  return queryOptions({
    queryKey: keys.request(network, id),
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/{network}/requests/{id}", { signal, params: { path: { network, id } } })),
  });
}

/** Which children: part of an address, and months, both included; and in which order, the oldest first if it does not say. */
export interface ChildFilter {
  q: string;
  from: string | null;
  to: string | null;
  sort?: Exclude<ChildSort, "created">;
  known?: KnownFilter;
}

/** Only those of whom this is known: that they issue assets, or this one; that their balance lies between the two, in XLM. */
export interface KnownFilter {
  readonly issuers: boolean;
  readonly asset: string | null;
  readonly min: string | null;
  readonly max: string | null;
}

export const NO_FILTER: ChildFilter = { q: "", from: null, to: null };

/** Children page by page. */
export function childrenQuery(network: string, address: string, filter: ChildFilter) {
  return infiniteQueryOptions({
    queryKey: [...keys.children(network, address), filter] as const,
    queryFn: ({ signal, pageParam }) => childrenPage(network, address, filter, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** One page of children; without a cursor the first. */
export function childrenPage(
  network: string,
  address: string,
  { q, from, to, sort, known }: ChildFilter,
  cursor: string | null,
  signal: AbortSignal | null = null,
): Promise<Children> {
  const query = {
    limit: CHILDREN_PAGE,
    ...(cursor && { cursor }),
    ...(q && { q }),
    ...(from && { from }),
    ...(to && { to }),
    ...(sort && { sort }),
    ...(known?.issuers && { issuers: true }),
    ...(known?.asset && { asset: known.asset }),
    ...(known?.min && { balance_min: known.min }),
    ...(known?.max && { balance_max: known.max }),
  };
  return answerOf(
    api.GET("/api/v1/{network}/accounts/{address}/children", {
      signal,
      params: { path: { network, address }, query },
    }),
  );
}

const TOML_MS = 5 * 60_000;

/** What a home domain publishes of itself, asked there by the server. */
export function tomlQuery(network: string, domain: string) {
  return queryOptions({
    queryKey: ["toml", network, domain] as const,
    queryFn: ({ signal }) => answerOf(api.GET("/api/v1/{network}/toml", { signal, params: { path: { network }, query: { domain } } })),
    staleTime: TOML_MS,
    retry: false, // a stranger's server: whoever wants it asked again says so
  });
}
