/** Records that were set aside: read, and sent back to the group that could not handle them. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/vue-query";
import { asked } from "./direct";

export interface DeadLetter {
  id: string;
  topic: string;
  partition: number;
  offset: number;
  at: string;
  original_topic: string | null;
  original_partition: number | null;
  original_offset: number | null;
  group: string;
  reason: string | null;
  attempts: number | null;
  key: string | null;
  type: string | null;
  value_bytes: number;
  replayed_at: string | null;
}

export interface DeadLetterPage {
  dead_letters: DeadLetter[];
  next_cursor: string | null;
  as_of: string;
}

export interface DeadLetterWhole extends DeadLetter {
  value: string | null;
  value_base64: string | null;
  headers: { name: string; value: string }[];
}

export type ReplayAsk = { ids: string[] } | { all: true; group?: string; topic?: string };

export interface Replayed {
  replayed: number;
  gone?: string[];
}

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
const PATH = "/api/v1/admin/dead-letters";

export function lettersQuery(filter: LetterFilter, asAdmin: AsAdmin) {
  return infiniteQueryOptions({
    queryKey: letterKeys.pages(filter),
    queryFn: ({ signal, pageParam }) =>
      asAdmin((token) => lettersPage(token, { ...filter, limit: PAGE, cursor: pageParam }, signal)),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function letterQuery(id: string, asAdmin: AsAdmin) {
  return queryOptions({
    queryKey: letterKeys.one(id),
    queryFn: ({ signal }) =>
      asAdmin((token) => known(asked<DeadLetterWhole>(`${PATH}/${encodeURIComponent(id)}`, { token, signal }))),
  });
}

/** One page, newest first. Throws ApiProblem. */
export function lettersPage(
  token: string,
  asking: Partial<LetterFilter> & { limit: number; cursor?: string | null },
  signal: AbortSignal | null = null,
): Promise<DeadLetterPage> {
  const given = Object.entries(asking).filter(([, value]) => value !== null);
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return known(asked<DeadLetterPage>(`${PATH}?${query}`, { token, signal }));
}

/** Afterwards they are on their way to their group once more. Throws ApiProblem. */
export function replay(token: string, body: ReplayAsk): Promise<Replayed> {
  return known(asked<Replayed>(`${PATH}/replay`, { method: "POST", token, body }));
}

async function known<T>(answer: Promise<T | null>): Promise<T> {
  const found = await answer;
  if (found === null) throw new Error("This record is no longer kept.");
  return found;
}
