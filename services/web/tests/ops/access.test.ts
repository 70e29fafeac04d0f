import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { replay } from "@/api/deadLetters";
import { faultsNow, setFaults } from "@/api/faults";
import { useAccess } from "@/stores/access";

const fetched = vi.fn<typeof fetch>();

beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
  setActivePinia(createPinia());
  vi.stubGlobal("fetch", fetched);
});
afterEach(() => {
  vi.unstubAllGlobals();
  fetched.mockReset();
});

describe("the admin token", () => {
  it("is kept in the tab alone, and gone when it is forgotten", () => {
    useAccess().unlock("secret");
    expect(JSON.stringify({ ...localStorage })).not.toContain("secret");
    setActivePinia(createPinia()); // the page is loaded again
    expect(useAccess().token).toBe("secret");
    useAccess().forget();
    expect(JSON.stringify({ ...sessionStorage })).not.toContain("secret");
    expect(useAccess().token).toBeNull();
  });

  it("that is turned down is forgotten, and that is told", () => {
    const access = useAccess();
    access.unlock("old");
    access.refuse();
    expect([access.token, access.refused]).toEqual([null, true]);
    access.unlock("new");
    expect([access.token, access.refused]).toEqual(["new", false]);
  });

  it("goes with every question, in its header", async () => {
    fetched.mockImplementation(() => Promise.resolve(Response.json({ seed: 7, faults: [] })));
    await setFaults("secret", { seed: 7, faults: [] });
    const [path, sent] = fetched.mock.calls[0]!;
    expect([path, sent?.method, new Headers(sent?.headers).get("authorization")]).toEqual(["/sandbox/faults", "PUT", "Bearer secret"]);
  });
});

describe("faults", () => {
  it("are nowhere when the sandbox is not served here: the pages answer", async () => {
    fetched.mockResolvedValue(new Response("<!doctype html>", { headers: { "content-type": "text/html" } }));
    expect(await faultsNow("secret")).toBeNull();
  });

  it("tell the server's own words when it refuses", async () => {
    const problem = { type: "invalid-faults", title: "No", status: 422, detail: "history_cut needs a ledger", advice: null };
    fetched.mockResolvedValue(Response.json(problem, { status: 422, headers: { "content-type": "application/problem+json" } }));
    await expect(setFaults("secret", { seed: 7, faults: [] })).rejects.toThrow("history_cut needs a ledger");
  });
});

describe("replaying many", () => {
  it("asks for two hundred at once, and sums up", async () => {
    vi.stubGlobal("location", new URL("http://here/ops"));
    const sizes: number[] = [];
    fetched.mockImplementation(async (input) => {
      const { ids } = (await (input as Request).json()) as { ids: string[] };
      sizes.push(ids.length);
      return Response.json({ replayed: ids.length - 1, gone: [ids[0]] }, { status: 202 });
    });
    const done = await replay("secret", { ids: Array.from({ length: 450 }, (_, at) => `t:0:${at}`) });
    expect(sizes).toEqual([200, 200, 50]);
    expect(done).toEqual({ replayed: 447, gone: ["t:0:0", "t:0:200", "t:0:400"] });
  });
});
