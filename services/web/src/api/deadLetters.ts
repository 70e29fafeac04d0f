/** Records that were set aside: read, and sent back to the group that could not handle them. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/vue-query";
import { answerOf, api } from "./client";
import type { DeadLetterPage, DeadLetterWhole, Replayed, ReplayAsk } from "./types";

/** Whose, and of which topic; null: all. */
export interface LetterFilter {
  group: string | null;
  topic: string | null;
}

/** Runs with the token of whoever is let in. */
export type AsAdmin = <T>(ask: (token: string) => Promise<T>) => Promise<T>;

export const letterKeys = {
  all: () => ["admin", "dead-letters"] as const,
  pages: (filter: LetterFilter) => ["admin", "dead-letters", "pages", filter] as const,
  one: (id: string) => ["admin", "dead-letters", "one", id] as const,
};

const PAGE = 100;
const AT_ONCE = 200;

export function lettersQuery(filter: LetterFilter, asAdmin: AsAdmin) {
  return infiniteQueryOptions({
    queryKey: letterKeys.pages(filter),
    queryFn: ({ signal, pageParam }) => asAdmin((token) => lettersPage(token, { ...filter, cursor: pageParam }, signal)),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function letterQuery(id: string, asAdmin: AsAdmin) {
  return queryOptions({
    queryKey: letterKeys.one(id),
    queryFn: ({ signal }) => asAdmin((token) => letterOf(token, id, signal)),
  });
}

/** One page, newest first. Throws ApiProblem. */
export function lettersPage(
  token: string,
  { group, topic, cursor }: LetterFilter & { cursor: string | null },
  signal: AbortSignal | null = null,
): Promise<DeadLetterPage> {
  const query = { limit: PAGE, ...(cursor && { cursor }), ...(group && { group }), ...(topic && { topic }) };
  return answerOf(api.GET("/api/v1/admin/dead-letters", { signal, headers: bearer(token), params: { query } }));
}

/** Afterwards they are on their way to their group once more; many by name in several requests. Throws ApiProblem. */
export async function replay(token: string, ask: ReplayAsk): Promise<Replayed> {
  if (!("ids" in ask)) return replayed(token, ask);
  const done: Replayed = { replayed: 0, gone: [] };
  for (let at = 0; at < ask.ids.length; at += AT_ONCE) {
    // One after the other: what failed is told with what was done before it still done.
    // oxlint-disable-next-line no-await-in-loop
    const part = await replayed(token, { ids: ask.ids.slice(at, at + AT_ONCE) });
    done.replayed += part.replayed;
    done.gone.push(...part.gone);
  }
  return done;
}

function replayed(token: string, body: ReplayAsk): Promise<Replayed> {
  return answerOf(api.POST("/api/v1/admin/dead-letters/replay", { headers: bearer(token), body }));
}

function letterOf(token: string, id: string, signal: AbortSignal): Promise<DeadLetterWhole> {
  const params = { path: { id } };
  return answerOf(api.GET("/api/v1/admin/dead-letters/{id}", { signal, headers: bearer(token), params }));
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}
