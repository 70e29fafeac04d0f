import { flushPromises } from "@vue/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { effectScope, shallowRef } from "vue";
import { useRankLines } from "@/composables/useRankLines";
import { addressOf } from "./rows";

const fetched = vi.fn<(request: Request) => Promise<Response>>();
let day = "2026-11-29";

function askedFor(): string[][] {
  return fetched.mock.calls.map(([request]) => new URL(request.url).searchParams.get("accounts")!.split(","));
}

async function settled(): Promise<void> {
  await vi.advanceTimersByTimeAsync(300);
  await flushPromises();
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", fetched);
  day = "2026-11-29";
  fetched.mockImplementation((request) => {
    const accounts = new URL(request.url).searchParams.get("accounts")!.split(",");
    return Promise.resolve(Response.json({ days: [day], lines: accounts.map((address) => ({ address, ranks: [1] })) }));
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  fetched.mockReset();
});

it("asks once for each account on the screen, fifty at a time, and not for those that fly past", async () => {
  const wanted = shallowRef<string[]>([]);
  const scope = effectScope();
  const { lines } = scope.run(() => useRankLines("sandbox", () => wanted.value))!;
  wanted.value = [addressOf(900)];
  await vi.advanceTimersByTimeAsync(50);
  wanted.value = Array.from({ length: 60 }, (_, at) => addressOf(at));
  await settled();
  expect(askedFor().map((batch) => batch.length)).toEqual([50, 10]);
  wanted.value = [addressOf(0), addressOf(61)];
  await settled();
  expect(askedFor()[2]).toEqual([addressOf(61)]);
  expect(lines.value.size).toBe(61);
  scope.stop();
});

it("asks again for those whose line could not be read, and for all when a day has passed", async () => {
  const wanted = shallowRef([addressOf(1)]);
  fetched.mockRejectedValueOnce(new TypeError("no network"));
  const scope = effectScope();
  const { lines, error } = scope.run(() => useRankLines("sandbox", () => wanted.value))!;
  await settled();
  expect(error.value).not.toBeNull();
  wanted.value = [addressOf(1), addressOf(2)];
  await settled();
  expect(error.value).toBeNull();
  expect(lines.value.size).toBe(2);
  day = "2026-11-30";
  wanted.value = [addressOf(3)];
  await settled();
  expect([...lines.value.keys()]).toEqual([addressOf(3)]);
  scope.stop();
});
