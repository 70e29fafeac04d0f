import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h } from "vue";
import { createMemoryHistory, createRouter } from "vue-router";
import { ApiProblem } from "@/api/client";
import { keys } from "@/api/queries";
import type { NetworkView, Problem } from "@/api/types";
import ProblemNotice from "@/components/basic/ProblemNotice.vue";
import { useNetworks } from "@/composables/useNetworks";
import { follow } from "@/live/stream";
import { isPast, networkName, networkTitle, pastEpochs, placeOf } from "@/networks/epochs";
import { pageOf } from "@/networks/wayOut";
import { networkOf, testnetIn } from "./networks";

const ADDRESS = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7";

describe("a segment of a path", () => {
  const networks = [networkOf("public"), testnetIn(3), networkOf("sandbox", { key: "sandbox-7-1000" })];

  it("means the current epoch by the name, and any epoch by its key", () => {
    expect(placeOf(networks, "testnet")?.epoch).toMatchObject({ epoch: 3, current: true, segment: "testnet" });
    expect(placeOf(networks, "testnet-3")?.epoch).toMatchObject({ epoch: 3, current: true, segment: "testnet" });
    expect(placeOf(networks, "testnet-1")).toMatchObject({ network: { name: "testnet" }, epoch: { epoch: 1, current: false } });
    expect(placeOf(networks, "public")).toMatchObject({ network: { name: "public" }, epoch: null });
  });

  it("means nothing where there is no such network or epoch", () => {
    for (const segment of ["testnet-4", "public-1", "other", null]) expect(placeOf(networks, segment)).toBeNull();
  });

  it("is read as name and title, of an epoch that is over too", () => {
    expect(["public", "testnet", "testnet-12"].map(isPast)).toEqual([false, false, true]);
    expect(["public", "testnet-12"].map(networkName)).toEqual(["public", "testnet"]);
    expect(["testnet", "testnet-12"].map(networkTitle)).toEqual(["testnet", "testnet, epoch 12"]);
  });

  it("lists the epochs that are over, the latest first", () => {
    expect(networks.map((network) => pastEpochs(network).map(({ segment }) => segment))).toEqual([[], ["testnet-2", "testnet-1"], []]);
  });
});

describe("the way out of a refusal", () => {
  const component = { template: "<i />" };
  const routes = [
    { path: "/", component },
    { path: "/:network", name: "home", component },
    { path: "/:network/account/:address", name: "account", component },
  ];

  function notice(type: string, facts: Partial<Problem> = {}) {
    const problem = { type, title: "No", status: 410, detail: "It is over.", request_id: "r", advice: null, retry_after_s: null };
    const error = new ApiProblem({ ...problem, errors: [], way_out: null, ...facts });
    const router = createRouter({ history: createMemoryHistory(), routes });
    return mount(ProblemNotice, { props: { error }, global: { plugins: [router] } });
  }

  it("is the page that asks the same under the present name", () => {
    const account = { name: "account", params: { network: "testnet", address: ADDRESS }, state: { ask: true } };
    expect(pageOf({ method: "POST", href: `/api/v1/testnet/accounts/${ADDRESS}/requests` })).toEqual(account);
    expect(pageOf({ method: "POST", href: "/api/v1/testnet/requests:bulk" })).toEqual({ name: "home", params: { network: "testnet" } });
    expect(pageOf({ method: "POST", href: "https://elsewhere.org/" })).toBeNull();
  });

  it("is offered as a link instead of another try when the network was reset", () => {
    const way_out = { method: "POST", href: `/api/v1/testnet/accounts/${ADDRESS}/retry` };
    const shown = notice("network-reset", { way_out });
    expect(shown.get("a").attributes("href")).toBe(`/testnet/account/${ADDRESS}`);
    expect(shown.text()).not.toContain("Try again");
    expect(notice("network-reset").find("a").exists()).toBe(false);
    expect(notice("not-mapped", { way_out }).text()).toContain("Try again");
  });
});

describe("a reset while a page is open", () => {
  let streams: EventTarget[] = [];
  let answer: NetworkView[];
  const fetched = vi.fn<typeof fetch>(async () => Response.json({ as_of: "", default: "public", pipeline_mode: "API_ONLY", networks: answer }));

  beforeEach(() => {
    vi.stubGlobal("fetch", fetched);
    vi.stubGlobal(
      "EventSource",
      class extends EventTarget {
        constructor() {
          super();
          streams.push(this);
        }
        close(): void {}
      },
    );
  });

  afterEach(() => {
    vi.unstubAllGlobals();
    streams = [];
    fetched.mockClear();
  });

  it("reads the networks again, and drops what was read under the name in its old epoch, and nothing else", async () => {
    answer = [networkOf("public"), testnetIn(1)];
    const queryClient = new QueryClient();
    const component = defineComponent({ setup: () => (useNetworks("testnet"), () => h("i")) });
    const page = mount(component, { global: { plugins: [[VueQueryPlugin, { queryClient }]] } });
    const nothing = (): void => undefined;
    const unfollow = follow({ network: "testnet", accounts: [ADDRESS], request: null, onMessage: nothing, onGap: nothing });
    await flushPromises();
    const [old, other] = [keys.lineage("testnet", ADDRESS), keys.lineage("public", ADDRESS)];
    for (const key of [old, other]) queryClient.setQueryData(key, { address: ADDRESS });
    answer = [networkOf("public"), testnetIn(2)];
    streams.at(-1)!.dispatchEvent(new MessageEvent("reset", { data: JSON.stringify({ topic: "reset" }) }));
    await vi.waitFor(() => expect(queryClient.getQueryData(old)).toBeUndefined());
    expect(fetched).toHaveBeenCalledTimes(2);
    expect(queryClient.getQueryData(other)).toBeDefined();
    unfollow();
    page.unmount();
  });
});
