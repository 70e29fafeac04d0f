/** What the pages read of standings: the board, its movement, and where one account stands. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/vue-query";
import { answerOf, api } from "./client";
import { keys } from "./queries";
import type { ChangeType, Period, RankLines } from "./types";

/** All of the board at once, however large it is: its ranks are of one moment, which pages read one after the other are not. */
const BOARD = 5_000;
const CHANGES_PAGE = 50;
const MOVERS = 8;

export interface BoardQuestion {
  /** In XLM; null: the server's default. */
  threshold: number | null;
  period: Period;
}

export const standingKeys = {
  /** Everything about the standings of a network: to be invalidated as a whole. */
  all: (network: string) => ["standings", network] as const,
  board: (network: string, question: BoardQuestion) => ["standings", network, "board", question] as const,
  movers: (network: string, question: BoardQuestion) => ["standings", network, "movers", question] as const,
  changes: (network: string, threshold: number | null, types: readonly ChangeType[]) =>
    ["standings", network, "changes", threshold, types] as const,
  /** Everything about the standing of one account. */
  account: (network: string, address: string) => [...keys.account(network, address), "standing"] as const,
};

export function boardQuery(network: string, question: BoardQuestion) {
  const query = { limit: BOARD, ...asked(question) };
  return queryOptions({
    queryKey: standingKeys.board(network, question),
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/{network}/standings", { signal, params: { path: { network }, query } })),
  });
}

export function moversQuery(network: string, question: BoardQuestion) {
  const query = { limit: MOVERS, ...asked(question) };
  return queryOptions({
    queryKey: standingKeys.movers(network, question),
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/{network}/standings/top-movers", { signal, params: { path: { network }, query } })),
  });
}

/** Changes page by page, newest first; without types all of them. */
export function changesQuery(network: string, threshold: number | null, types: readonly ChangeType[]) {
  return infiniteQueryOptions({
    queryKey: standingKeys.changes(network, threshold, types),
    queryFn: ({ signal, pageParam: cursor }) =>
      changesPage(network, { threshold, types, limit: CHANGES_PAGE, ...(cursor && { cursor }) }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** The latest of them; null if there is none. */
export async function newestChange(network: string, threshold: number | null, types: readonly ChangeType[]) {
  const page = await changesPage(network, { threshold, types, limit: 1 });
  return page.changes[0] ?? null;
}

interface ChangesAsked {
  threshold: number | null;
  types: readonly ChangeType[];
  limit: number;
  cursor?: string;
}

function changesPage(network: string, { threshold, types, ...page }: ChangesAsked, signal: AbortSignal | null = null) {
  const query = { ...page, ...(threshold !== null && { threshold }), ...(types.length > 0 && { type: [...types] }) };
  return answerOf(api.GET("/api/v1/{network}/standings/changes", { signal, params: { path: { network }, query } }));
}

/** Ranks day by day, of at most 100 accounts. */
export function rankLines(network: string, accounts: readonly string[]): Promise<RankLines> {
  const query = { accounts: accounts.join(",") };
  return answerOf(api.GET("/api/v1/{network}/standings/ranks", { params: { path: { network }, query } }));
}

export function accountRankQuery(network: string, address: string) {
  return queryOptions({
    queryKey: [...standingKeys.account(network, address), "rank"] as const,
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/v1/{network}/accounts/{address}/rank", { signal, params: { path: { network, address } } })),
  });
}

export function accountSummaryQuery(network: string, address: string, threshold: number) {
  return queryOptions({
    queryKey: [...standingKeys.account(network, address), "summary", threshold] as const,
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/v1/{network}/accounts/{address}/summary", {
          signal,
          params: { path: { network, address }, query: { threshold } },
        }),
      ),
  });
}

export function accountChangesQuery(network: string, address: string) {
  return infiniteQueryOptions({
    queryKey: [...standingKeys.account(network, address), "changes"] as const,
    queryFn: ({ signal, pageParam: cursor }) =>
      answerOf(
        api.GET("/api/v1/{network}/accounts/{address}/standing-changes", {
          signal,
          params: { path: { network, address }, query: { limit: 10, ...(cursor && { cursor }) } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** Where the board is had as CSV. */
export function exportUrl(network: string, question: BoardQuestion): string {
  const query = new URLSearchParams({ period: question.period });
  if (question.threshold !== null) query.set("threshold", String(question.threshold));
  return `/api/v1/${network}/standings/export?${query}`;
}

function asked({ threshold, period }: BoardQuestion) {
  return { period, ...(threshold !== null && { threshold }) };
}
