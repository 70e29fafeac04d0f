import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { enableAutoUnmount, flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h } from "vue";
import type { Life, Lineage, LiveMessage } from "@/api/types";
import { useAccount } from "@/composables/useAccount";
import { lifeOf, lineageOf } from "./lives";

const ME = lineageOf().address;
const own = lifeOf(ME, "GCREATOR", 300);
const creator = lifeOf("GCREATOR", "GRANDCREATOR", 200);
const unread = lineageOf({ request_id: null });
const first = lineageOf({ request_id: null, incarnation: own, incarnations: [own], pending_address: "GCREATOR" });
const second: Lineage = { ...first, ancestors: [creator], pending_address: "GRANDCREATOR" };

const stream = new EventTarget();
/** Readings of the lineage that were begun, oldest first: the test answers them. */
let readings: ((lineage: Lineage) => void)[];

function account() {
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  let made!: ReturnType<typeof useAccount>;
  const component = defineComponent({
    setup() {
      made = useAccount("sandbox", ME);
      return () => h("i");
    },
  });
  mount(component, { global: { plugins: [[VueQueryPlugin, { queryClient }]] } });
  return { ...made, hops: () => made.lineage.data.value?.ancestors.map(({ address }) => address) };
}

async function grew(life: Life): Promise<void> {
  const message: LiveMessage = { topic: "lineage.grew", address: life.address, lives: [life], status: "PROCESSING" };
  stream.dispatchEvent(new MessageEvent(message.topic, { data: JSON.stringify(message) }));
  await flushPromises();
}

async function read(lineage: Lineage): Promise<void> {
  readings.at(-1)!(lineage);
  await flushPromises();
}

enableAutoUnmount(afterEach);
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  readings = [];
  vi.stubGlobal("EventSource", function Stream() {
    return Object.assign(stream, { close: () => undefined });
  });
  vi.stubGlobal("fetch", (request: Request) => {
    if (!request.url.endsWith("/lineage")) return Promise.resolve(Response.json({ address: ME, request_id: null, stages: [] }));
    return new Promise<Response>((answer) => readings.push((lineage) => answer(Response.json(lineage))));
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("an account whose lineage grows", () => {
  it("does not lose a hop to a reading that began before it was told", async () => {
    const { hops, lineage } = account();
    await read(unread);
    await grew(own); // and a reading begins
    await grew(creator);
    expect(hops()).toEqual(["GCREATOR"]);
    await read(first); // begun before the creator was told
    expect([hops(), lineage.error.value]).toEqual([["GCREATOR"], null]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(readings).toHaveLength(3);
    await read(second);
    expect([hops(), lineage.data.value?.pending_address]).toEqual([["GCREATOR"], "GRANDCREATOR"]);
  });

  it("believes what is read after it was told", async () => {
    const { hops } = account();
    await read(first);
    await grew(creator);
    await read(first);
    expect(hops()).toEqual([]);
  });

  it("is read again where a hop was told before the first reading was there", async () => {
    const { hops } = account();
    await grew(creator);
    await vi.advanceTimersByTimeAsync(1_000);
    await read(first); // begun before the creator was told
    await vi.advanceTimersByTimeAsync(1_000);
    await read(second);
    expect(hops()).toEqual(["GCREATOR"]);
  });

  it("finishes a reading while others grow", async () => {
    const { lineage } = account();
    await read(first);
    await grew(creator);
    await grew(lifeOf("GSOMEBODY", "GELSE", 100));
    await read({ ...second, status: "COMPLETE" });
    expect(lineage.data.value?.status).toBe("COMPLETE");
  });
});
