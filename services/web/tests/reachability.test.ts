import { onlineManager, QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick } from "vue";
import { answerOf, api, type ApiProblem } from "@/api/client";
import { lastHeardAt, look, reachable, serverAnswered, triesAgainAt } from "@/api/reachability";
import { networksQuery } from "@/api/queries";
import ReachNotice from "@/components/shell/ReachNotice.vue";

const fetched = vi.fn<typeof fetch>();
const PROBE = "/api/v1/networks";
const probes = () => fetched.mock.calls.filter(([asked]) => asked === PROBE).length;

const answering = () => Promise.resolve(Response.json({ networks: [], default: null }));
const refusing = () => Promise.reject(new TypeError("Failed to fetch"));
const proxy = () => Promise.resolve(new Response("<h1>Bad Gateway</h1>", { status: 502, headers: { "content-type": "text/html" } }));
const problem = (status: number) => () => Promise.resolve(Response.json({ type: "busy", title: "Busy", status, detail: "Later.", advice: "Later.", request_id: "r" }, { status }));

const read = () => answerOf(api.GET("/api/v1/networks"));

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", fetched);
  vi.stubGlobal("location", new URL("http://here/"));
  serverAnswered();
});

afterEach(() => {
  serverAnswered();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  fetched.mockReset();
});

describe("a server that does not answer", () => {
  it("is one that neither a read nor a second look reaches; reads wait for it, and go on when it is back", async () => {
    fetched.mockImplementation(refusing);
    const queries = new QueryClient();
    queries.mount();
    const reading = queries.fetchQuery({ ...networksQuery(), retry: true });
    await vi.advanceTimersByTimeAsync(1_100);
    expect([reachable.value, onlineManager.isOnline()]).toEqual([false, false]);
    const asked = fetched.mock.calls.length - probes();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(fetched.mock.calls.length - probes()).toBe(asked);
    fetched.mockImplementation(answering);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(reachable.value).toBe(true);
    await expect(reading).resolves.toMatchObject({ networks: [] });
    queries.unmount();
  });

  it("is tried again after 2, 4, 8 and then every 15 s, and when somebody says so", async () => {
    fetched.mockImplementation(refusing);
    await look();
    const triedAt: number[] = [];
    const began = Date.now();
    fetched.mockImplementation(() => {
      triedAt.push((Date.now() - began) / 1_000);
      return refusing();
    });
    expect(triesAgainAt.value! - began).toBe(2_000);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(triedAt).toEqual([2, 6, 14, 29, 44, 59]);
    const before = probes();
    await look();
    expect(probes()).toBe(before + 1);
  });

  it("is told from one that refuses, and from a proxy that stands before it", async () => {
    fetched.mockImplementation(problem(503));
    await expect(read()).rejects.toMatchObject({ problem: { title: "Busy" } });
    expect(reachable.value).toBe(true);
    fetched.mockImplementation(proxy);
    const failure = await read().catch((error: unknown) => error);
    expect((failure as ApiProblem).is("unreachable")).toBe(true);
    await flushPromises();
    expect(reachable.value).toBe(false);
  });

  it("is not what one broken answer means", async () => {
    fetched.mockImplementationOnce(refusing).mockImplementation(answering);
    await expect(read()).rejects.toThrow("does not answer");
    await flushPromises();
    expect([probes(), reachable.value]).toEqual([1, true]);
  });

  it("is none that answered something else while it was looked for", async () => {
    let refuse = () => {};
    fetched.mockImplementationOnce(() => new Promise((_, reject) => (refuse = () => reject(new TypeError("Failed to fetch")))));
    const looking = look();
    fetched.mockImplementation(answering);
    await read();
    refuse();
    await expect(looking).resolves.toBe(true);
    expect([reachable.value, triesAgainAt.value]).toEqual([true, null]);
  });

  it("may have done what it was asked before it was lost: nobody says that it did not", async () => {
    fetched.mockImplementation(refusing);
    const failure = (await read().catch((error: unknown) => error)) as ApiProblem;
    expect(failure.message).toContain("is not known");
    expect(failure.message).not.toContain("nothing was done");
  });
});

describe("the notice above every page", () => {
  it("tells as of when, counts down, tries when told to, and goes by itself", async () => {
    const notice = mount(ReachNotice, { global: { plugins: [[VueQueryPlugin, {}]] } });
    expect(notice.find("[role=status]").text()).toBe("");
    vi.setSystemTime("2026-03-01T12:03:14Z");
    serverAnswered();
    vi.setSystemTime("2026-03-01T12:05:00Z");
    fetched.mockImplementation(refusing);
    await look();
    await nextTick();
    expect(notice.get("[role=status]").text()).toBe("StellarMap cannot be reached. What is shown is as of 12:03:14 UTC.");
    expect(new Date(lastHeardAt.value).toISOString()).toContain("12:03:14");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(notice.text()).toContain("Tries again in 1 s.");
    let answer = (): void => undefined;
    const asked = new Promise<void>((resolve) => (answer = resolve));
    fetched.mockImplementation(() => asked.then(answering));
    expect(notice.get("button").attributes("aria-disabled")).toBe("false");
    await notice.get("button").trigger("click");
    expect([notice.get("button").attributes("aria-disabled"), notice.text()]).toEqual(["true", expect.stringContaining("Trying…")]);
    answer();
    await flushPromises();
    expect(notice.get("[role=status]").text()).toContain("answers again");
    await vi.advanceTimersByTimeAsync(4_100);
    expect(notice.text()).toBe("");
    notice.unmount();
  });
});
