import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { replay, type ReplayProgress } from "@/api/deadLetters";
import { failureOf, progressWords } from "@/ops/letters";

const fetched = vi.fn<typeof fetch>();
const PROBLEM = { type: "unavailable", title: "Away", status: 503, detail: "The event log is away.", advice: null };
const ids = (count: number) => Array.from({ length: count }, (_, at) => `topic:0:${at}`);

/** The parts that were sent, of a server that holds so many letters, every tenth of them replayed, and answers so many parts. */
function serverOf(letters: number, answers = Infinity): string[][] {
  const parts: string[][] = [];
  fetched.mockImplementation(async (input) => {
    const request = input as Request;
    const query = new URL(request.url).searchParams;
    if (request.method === "GET") {
      const from = Number(query.get("cursor") ?? 0);
      const to = from + Number(query.get("limit"));
      const page = ids(letters).slice(from, to).map((id, at) => ({ id, replayed_at: at % 10 === 0 ? "2026-11-25T01:00:00Z" : null }));
      return Response.json({ dead_letters: page, next_cursor: to < letters ? String(to) : null });
    }
    const asked = (await request.json()) as { ids?: string[] };
    parts.push(asked.ids ?? []);
    if (parts.length > answers) return Response.json(PROBLEM, { status: 503 });
    return Response.json({ replayed: asked.ids?.length ?? letters, gone: [] });
  });
  return parts;
}

beforeEach(() => {
  vi.stubGlobal("fetch", fetched);
});
afterEach(() => {
  vi.unstubAllGlobals();
  fetched.mockReset();
});

describe("a replay of many", () => {
  it("that stops half-way tells how many were given back", async () => {
    serverOf(0, 1);
    const failure: unknown = await replay("secret", { ids: ids(300) }).catch((error: unknown) => error);
    expect(failureOf(failure)).toMatch(/^200 of 300 were given back; .*The event log is away\. Try again/);
  });

  it("that stops at once tells that nothing was", async () => {
    serverOf(0, 0);
    const failure: unknown = await replay("secret", { ids: ids(300) }).catch((error: unknown) => error);
    expect(failureOf(failure)).toBe("Nothing was replayed: The event log is away.");
  });

  it("of all goes in parts that one request can hold, without those already replayed, and tells how far it is", async () => {
    const parts = serverOf(500);
    const told: ReplayProgress[] = [];
    expect(await replay("secret", { all: true, group: "gateway" }, (now) => told.push(now))).toEqual({ replayed: 450, gone: [] });
    expect(parts.map(({ length }) => length)).toEqual([200, 200, 50]);
    expect(new Set(parts.flat()).size).toBe(450);
    expect(parts.flat()).not.toContain("topic:0:10");
    const asked = fetched.mock.calls.map(([request]) => request as Request);
    expect(asked.filter(({ method }) => method === "GET").every(({ url }) => url.includes("group=gateway"))).toBe(true);
    expect(told.map(progressWords).slice(-2)).toEqual(["Giving back 200 of 450…", "Giving back 400 of 450…"]);
  });
});
