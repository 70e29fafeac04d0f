/** Parts that are fetched when they are wanted, and for no longer. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { fetched, fetchedAtLast } from "@/parts/loading";

const refused = () => Promise.reject(new TypeError("Failed to fetch"));
const load = vi.fn<() => Promise<string>>();

beforeEach(() => {
  vi.useFakeTimers();
  load.mockReset().mockImplementation(refused);
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({})));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("a part that cannot be fetched is asked for again until it comes", async () => {
  const part = fetchedAtLast("The part", load, () => true);
  await vi.advanceTimersByTimeAsync(31_000);
  expect(load).toHaveBeenCalledTimes(3);
  load.mockResolvedValue("here");
  await vi.advanceTimersByTimeAsync(15_000);
  await expect(part).resolves.toBe("here");
});

it("a part that nobody waits for any more is asked for no more", async () => {
  let wanted = true;
  const part = fetchedAtLast("The part", load, () => wanted);
  await vi.advanceTimersByTimeAsync(1_000);
  wanted = false;
  await vi.advanceTimersByTimeAsync(600_000);
  await expect(part).resolves.toBeNull();
  expect(load).toHaveBeenCalledTimes(1);
});

it("a part is there once its style is, whoever asked for that", async () => {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet" });
  document.head.append(link);
  const here = vi.fn<() => void>();
  load.mockResolvedValue("here");
  void fetched("The part", load).then(here);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(here).not.toHaveBeenCalled();
  link.dispatchEvent(new Event("load"));
  await vi.advanceTimersByTimeAsync(1);
  expect(here).toHaveBeenCalledOnce();
  link.remove();
});

it.each([
  ["answers", () => Promise.resolve(new Response()), "could not be loaded"],
  ["has a newer version", () => Promise.resolve(new Response(null, { status: 404 })), "a newer version of StellarMap is installed"],
  ["was lost a moment after it answered", refused, "comes when StellarMap answers again"],
])("what a part says that is missing where the server %s", async (_, own, said) => {
  vi.stubGlobal("fetch", (asked: string) => (asked.startsWith("/api/") ? Promise.resolve(Response.json({})) : own()));
  await expect(fetched("The part", load)).rejects.toThrow(said);
});
