import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick } from "vue";
import { lastHeardAt, look, reachable } from "@/api/reachability";
import type { LiveMessage } from "@/api/types";
import { follow, type Interest, streamState, streamUrl } from "@/live/stream";

/** A stream whose server is the test. */
class Stream extends EventTarget {
  static readonly CLOSED = 2;
  static opened: Stream[] = [];
  readyState = 0;
  constructor(readonly url: string) {
    super();
    Stream.opened.push(this);
  }
  close(): void {
    this.readyState = Stream.CLOSED;
  }
  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }
  fail(refused: boolean): void {
    this.readyState = refused ? Stream.CLOSED : 0;
    this.dispatchEvent(new Event("error"));
  }
  tell(message: LiveMessage): void {
    this.dispatchEvent(new MessageEvent(message.topic, { data: JSON.stringify(message) }));
  }
  static get now(): Stream {
    return Stream.opened.at(-1)!;
  }
}

const told = vi.fn<Interest["onMessage"]>();
const gap = vi.fn<Interest["onGap"]>();
let unfollow: (() => void)[] = [];

function followed(facts: Partial<Interest> = {}): void {
  unfollow.push(follow({ network: "sandbox", accounts: ["GA"], request: null, onMessage: told, onGap: gap, ...facts }));
}

function hide(hidden: boolean): void {
  vi.spyOn(document, "hidden", "get").mockReturnValue(hidden);
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Stream);
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({})));
  Stream.opened = [];
  unfollow = [];
});

afterEach(() => {
  for (const end of unfollow) end();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  told.mockClear();
  gap.mockClear();
});

describe("one stream a tab", () => {
  it("asks for everything that is followed", () => {
    expect(streamUrl([])).toBeNull();
    const url = streamUrl([
      { network: "public", accounts: ["GB", "GA"], request: null },
      { network: "public", accounts: ["GA"], request: "r1" },
    ])!;
    const query = new URL(url, "http://here").searchParams;
    expect(Object.fromEntries(query)).toEqual({ network: "public", accounts: "GA,GB", request: "r1" });
  });

  it("asks for no more topics than all of them want, and for a whole network where one follows it", () => {
    const account = { network: "public", accounts: ["GA"], request: null };
    const board = { network: "public", accounts: [], topics: ["standing"] as const, request: null };
    const asked = (interests: Parameters<typeof streamUrl>[0]) =>
      Object.fromEntries(new URL(streamUrl(interests)!, "http://here").searchParams);
    expect(asked([board])).toEqual({ network: "public", topics: "standing" });
    expect(asked([board, account])).toEqual({ network: "public" });
    expect(asked([account])).toEqual({ network: "public", accounts: "GA" });
  });

  it("is closed when nobody follows any more", () => {
    followed();
    const stream = Stream.now;
    unfollow.pop()!();
    expect(stream.readyState).toBe(Stream.CLOSED);
    expect(streamState.value).toBe("off");
  });

  it("passes messages on; a reset, like every opening, says that something may have been missed", () => {
    followed();
    Stream.now.open();
    expect(gap).toHaveBeenCalledTimes(1);
    Stream.now.tell({ topic: "counts", total: 3 });
    expect(told).toHaveBeenCalledWith({ topic: "counts", total: 3 });
    Stream.now.tell({ topic: "reset" });
    expect(gap).toHaveBeenCalledTimes(2);
  });

  it("says when it is lost; after a refusal it is opened again by itself", () => {
    followed();
    Stream.now.open();
    Stream.now.fail(true);
    expect(streamState.value).toBe("reconnecting");
    vi.advanceTimersByTime(15_000);
    expect(Stream.opened).toHaveLength(2);
    Stream.now.open();
    expect(streamState.value).toBe("live");
  });

  it("does not wait for its turn when the server, which was away, is back", async () => {
    followed();
    Stream.now.open();
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    Stream.now.fail(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([reachable.value, Stream.opened.length]).toEqual([false, 1]);
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json({})));
    await look();
    await nextTick();
    expect([reachable.value, Stream.opened.length]).toEqual([true, 2]);
    Stream.now.open();
    expect(streamState.value).toBe("live");
  });

  it("is no sign of the server when it breaks, for it may have been dead for long; what it tells is one", async () => {
    followed();
    Stream.now.open();
    await vi.advanceTimersByTimeAsync(60_000);
    Stream.now.tell({ topic: "reset" } as LiveMessage);
    const heard = Date.now();
    expect(lastHeardAt.value).toBe(heard);
    await vi.advanceTimersByTimeAsync(3_600_000);
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    await look();
    Stream.now.fail(false);
    expect([lastHeardAt.value, reachable.value]).toEqual([heard, false]);
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json({})));
    await vi.advanceTimersByTimeAsync(0);
    await look();
  });

  it("sleeps 60 s after the tab was hidden, and wakes when it is looked at", () => {
    followed();
    Stream.now.open();
    hide(true);
    vi.advanceTimersByTime(59_000);
    expect(streamState.value).toBe("live");
    vi.advanceTimersByTime(1_000);
    expect(streamState.value).toBe("asleep");
    expect(Stream.now.readyState).toBe(Stream.CLOSED);
    hide(false);
    expect(Stream.opened).toHaveLength(2);
    Stream.now.open();
    expect(streamState.value).toBe("live");
  });
});
