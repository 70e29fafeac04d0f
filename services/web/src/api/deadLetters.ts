/** Records that were set aside: read, and sent back to the group that could not handle them. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/vue-query";
import { answerOf, api, ApiProblem } from "./client";
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

/** How far a replay is; `of` is null while those it is about are still looked up, and `done` are found. */
export interface ReplayProgress {
  done: number;
  of: number | null;
}

/** A replay in several requests that stopped at one of them: what was done before it stays done. */
export class ReplayStopped extends ApiProblem {
  readonly replayed: number;
  readonly of: number;

  constructor({ problem }: ApiProblem, given: number, of: number) {
    super(problem);
    this.name = "ReplayStopped";
    this.replayed = given;
    this.of = of;
  }
}

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
  limit = PAGE,
): Promise<DeadLetterPage> {
  const query = { limit, ...(cursor && { cursor }), ...(group && { group }), ...(topic && { topic }) };
  return answerOf(api.GET("/api/v1/admin/dead-letters", { signal, headers: bearer(token), params: { query } }));
}

/** Afterwards they are on their way to their group once more; many in several requests. Throws ApiProblem, ReplayStopped. */
export async function replay(token: string, ask: ReplayAsk, tell: (progress: ReplayProgress) => void = () => {}): Promise<Replayed> {
  const ids = "ids" in ask ? ask.ids : await waitingIds(token, { group: ask.group ?? null, topic: ask.topic ?? null }, tell);
  const done: Replayed = { replayed: 0, gone: [] };
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    tell({ done: done.replayed, of: ids.length });
    try {
      // One after the other: what failed is told with what was done before it still done.
      // oxlint-disable-next-line no-await-in-loop
      const part = await replayed(token, ids.slice(at, at + AT_ONCE));
      done.replayed += part.replayed;
      done.gone.push(...part.gone);
    } catch (error) {
      throw error instanceof ApiProblem ? new ReplayStopped(error, done.replayed, ids.length) : error;
    }
  }
  return done;
}

/** All that the filter fits and that were not replayed yet, looked up before any goes back: what fails again is not met. */
async function waitingIds(token: string, filter: LetterFilter, tell: (progress: ReplayProgress) => void): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    tell({ done: ids.length, of: null });
    // Each page names the next.
    // oxlint-disable-next-line no-await-in-loop
    const page: DeadLetterPage = await lettersPage(token, { ...filter, cursor }, null, AT_ONCE);
    ids.push(...page.dead_letters.filter((letter) => letter.replayed_at === null).map(({ id }) => id));
    cursor = page.next_cursor;
  } while (cursor !== null);
  return ids;
}

function replayed(token: string, ids: string[]): Promise<Replayed> {
  return answerOf(api.POST("/api/v1/admin/dead-letters/replay", { headers: bearer(token), body: { ids } }));
}

function letterOf(token: string, id: string, signal: AbortSignal): Promise<DeadLetterWhole> {
  const params = { path: { id } };
  return answerOf(api.GET("/api/v1/admin/dead-letters/{id}", { signal, headers: bearer(token), params }));
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}
