import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h, shallowRef } from "vue";
import type { LiveMessage, Period, Standings } from "@/api/types";
import { useBoard } from "@/composables/useBoard";
import { boardOf, rowOf } from "./rows";

/** A stream whose server is the test. */
class Stream extends EventTarget {
  static opened: Stream[] = [];
  readyState = 1;
  constructor(readonly url: string) {
    super();
    Stream.opened.push(this);
  }
  close(): void {
    this.readyState = 2;
  }
  tell(message: LiveMessage): void {
    this.dispatchEvent(new MessageEvent(message.topic, { data: JSON.stringify(message) }));
  }
}

const fetched = vi.fn<typeof fetch>();
const SEEN_MS = 2_100; // the board that has a change is published a little later than that is told
const STANDING: LiveMessage = { topic: "standing", network: "sandbox" };

function answers(board: Standings): void {
  fetched.mockImplementation(() => Promise.resolve(Response.json(board)));
}

function opened() {
  let board!: ReturnType<typeof useBoard>;
  const period = shallowRef<Period>("24h");
  const page = defineComponent(() => {
    board = useBoard("sandbox", () => ({ threshold: null, period: period.value }));
    return () => h("p");
  });
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 0 } } });
  const wrapper = mount(page, { global: { plugins: [[VueQueryPlugin, { queryClient }]] } });
  return { board, period, wrapper };
}

async function after(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  await flushPromises();
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Stream);
  vi.stubGlobal("fetch", fetched);
  Stream.opened = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  fetched.mockReset();
});

describe("the board", () => {
  it("stays as it is read when standings change, says how many did, and moves when told to", async () => {
    answers(boardOf([rowOf(1), rowOf(2)]));
    const { board, wrapper } = opened();
    await after(100);
    const [first] = board.shown.value!.rows;
    expect(new URL(Stream.opened.at(-1)!.url, "http://here").searchParams.get("topics")).toBe("standing");
    answers(boardOf([rowOf(1, { address: rowOf(2).address }), rowOf(2, { address: rowOf(1).address })]));
    Stream.opened.at(-1)!.tell(STANDING);
    await after(SEEN_MS);
    expect(board.shown.value!.rows[0]).toEqual(first);
    expect(board.pending.value).toBe(2);
    board.show();
    expect(board.shown.value!.rows[0]!.address).toBe(rowOf(2).address);
    expect(board.pending.value).toBe(0);
    expect(board.marked.value.size).toBe(2);
    await after(3_000);
    expect(board.marked.value.size).toBe(0);
    wrapper.unmount();
  });

  it("reads again at most once in four seconds however often it is told", async () => {
    answers(boardOf([rowOf(1)]));
    const { wrapper } = opened();
    await after(100);
    const before = fetched.mock.calls.length;
    const telling = setInterval(() => Stream.opened.at(-1)!.tell(STANDING), 100);
    await after(5_000);
    clearInterval(telling);
    expect(fetched.mock.calls.length - before).toBeLessThanOrEqual(3);
    expect(fetched.mock.calls.length).toBeGreaterThan(before);
    wrapper.unmount();
  });

  it("is read every 15 s while the stream is lost", async () => {
    answers(boardOf([rowOf(1)]));
    const { wrapper } = opened();
    await after(100);
    Stream.opened.at(-1)!.readyState = 0;
    Stream.opened.at(-1)!.dispatchEvent(new Event("error"));
    const before = fetched.mock.calls.length;
    await after(31_000);
    expect(fetched.mock.calls.length - before).toBe(2);
    wrapper.unmount();
  });

  it("is shown at once where nothing was, and where another question is asked", async () => {
    answers(boardOf([]));
    const { board, period, wrapper } = opened();
    await after(100);
    answers(boardOf([rowOf(1)]));
    Stream.opened.at(-1)!.tell(STANDING);
    await after(SEEN_MS);
    expect(board.shown.value!.rows).toHaveLength(1);
    answers(boardOf([rowOf(1), rowOf(2)], { period: "7d" }));
    period.value = "7d";
    await after(100);
    expect(board.shown.value!.period).toBe("7d");
    expect(board.pending.value).toBe(0);
    wrapper.unmount();
  });

  it("is read again and again while it is being rebuilt, and by new thresholds it is shown at once", async () => {
    const coverage = { of: "mapped", ledger: null, accounts: 1, rebuilding: true } as const;
    answers(boardOf([rowOf(1)], { coverage }));
    const { board, wrapper } = opened();
    await after(100);
    expect(board.shown.value!.coverage.rebuilding).toBe(true);
    const figures = [{ threshold_xlm: 5_000, accounts: 1, total_stroops: "0" }];
    answers(boardOf([rowOf(1), rowOf(2)], { figures }));
    await after(2_500);
    expect(board.shown.value!.figures).toEqual(figures);
    expect(board.shown.value!.rows).toHaveLength(2);
    const before = fetched.mock.calls.length;
    await after(10_000);
    expect(fetched.mock.calls.length).toBe(before);
    wrapper.unmount();
  });

  it("keeps what was read when it cannot be read again, with the reason", async () => {
    answers(boardOf([rowOf(1)]));
    const { board, wrapper } = opened();
    await after(100);
    fetched.mockRejectedValue(new TypeError("no network"));
    Stream.opened.at(-1)!.tell(STANDING);
    await after(SEEN_MS);
    expect(board.shown.value!.rows).toHaveLength(1);
    expect(board.error.value!.message).toContain("does not answer");
    wrapper.unmount();
  });
});
