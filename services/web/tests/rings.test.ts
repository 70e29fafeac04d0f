import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiProblem } from "@/api/client";
import { childAt, fetchRings } from "@/api/rings";

const fetched = vi.fn<typeof fetch>();
const { some } = JSON.parse(readFileSync("tests/tree/rings.json", "utf8")) as Record<string, { body: string; dots: [number | null, number][] }>;
const asked = () => fetched.mock.calls[0]![0] as Request;

beforeEach(() => vi.stubGlobal("fetch", fetched));
afterEach(() => {
  vi.unstubAllGlobals();
  fetched.mockReset();
});

describe("rings over the API", () => {
  it("are bytes, asked for anew each time", async () => {
    fetched.mockResolvedValue(new Response(Uint8Array.from(atob(some!.body), (letter) => letter.charCodeAt(0))));
    const { count, balances } = await fetchRings("sandbox", "GHUB");
    expect(new URL(asked().url).pathname).toBe("/api/v1/sandbox/accounts/GHUB/rings");
    expect(asked().cache).toBe("no-cache");
    expect([count, ...balances]).toEqual([some!.dots.length, ...some!.dots.map(([, balance]) => balance)]);
  });

  it("tell why there are none", async () => {
    const problem = { type: "not-mapped", title: "Not Found", status: 404, detail: "Nobody has asked for this account yet.", request_id: "r" };
    fetched.mockResolvedValue(Response.json(problem, { status: 404, headers: { "content-type": "application/problem+json" } }));
    await expect(fetchRings("sandbox", "GNOBODY")).rejects.toThrow(ApiProblem);
  });

  it("say who a dot is", async () => {
    fetched.mockResolvedValue(Response.json({ i: 7, count: 9, minute: 5, balance_class: 2 }));
    expect(await childAt("sandbox", "GHUB", 7)).toMatchObject({ i: 7, count: 9 });
    expect(asked().url).toMatch(/\/accounts\/GHUB\/children\/at\?i=7$/);
  });
});
