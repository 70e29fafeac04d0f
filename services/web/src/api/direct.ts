/** Asks for JSON that no contract of the gateway names: the sandbox's own address. Refusals are the same problems. */

import { answerOf } from "./client";

export interface Asking {
  method?: "GET" | "PUT";
  token: string;
  body?: unknown;
  signal?: AbortSignal | null;
}

/** The answer; null if nobody serves that path: the pages answer there, in HTML. Throws ApiProblem. */
export function asked<T>(path: string, { method = "GET", token, body, signal = null }: Asking): Promise<T | null> {
  const headers: Record<string, string> = { accept: "application/json", authorization: `Bearer ${token}` };
  if (body !== undefined) headers["content-type"] = "application/json";
  const sent: RequestInit = { method, headers, signal, cache: "no-store" };
  if (body !== undefined) sent.body = JSON.stringify(body);
  return answerOf(answered<T>(path, sent));
}

async function answered<T>(path: string, sent: RequestInit) {
  const response = await fetch(path, sent);
  if (response.status === 404 || response.status === 405) return { data: null, response };
  const told = response.headers.get("content-type") ?? "";
  if (response.ok) return { data: told.includes("json") ? ((await response.json()) as T) : null, response };
  return { error: told.includes("json") ? ((await response.json()) as unknown) : undefined, response };
}
