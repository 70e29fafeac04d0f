import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory, createRouter } from "vue-router";
import SearchBox from "@/components/shell/SearchBox.vue";

const ADDRESS = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7";
const WRONG = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWNA";
const SEED = "SAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB6NKI";
const fetched = vi.fn<typeof fetch>();

function box() {
  const component = { template: "<i />" };
  const routes = [
    { path: "/", component },
    { path: "/:network/account/:address", name: "account", component },
  ];
  const router = createRouter({ history: createMemoryHistory(), routes });
  const plugins = [router, [VueQueryPlugin, { queryClient: new QueryClient() }] as [typeof VueQueryPlugin, object]];
  const wrapper = mount(SearchBox, { props: { network: "sandbox" }, global: { plugins } });
  return { wrapper, router, field: wrapper.get("input") };
}

beforeEach(() => vi.stubGlobal("fetch", fetched));
afterEach(() => {
  vi.unstubAllGlobals();
  fetched.mockReset();
});

describe("the search box", () => {
  it("goes to the account that was pasted, without asking the server", async () => {
    const { wrapper, router, field } = box();
    await field.setValue(` "${ADDRESS.toLowerCase()}" `);
    await wrapper.trigger("submit");
    await flushPromises();
    expect(router.currentRoute.value.path).toBe(`/sandbox/account/${ADDRESS}`);
    expect(fetched).not.toHaveBeenCalled();
  });

  it("takes a secret seed out of the field at once, and says why until something else is typed", async () => {
    const { wrapper, field } = box();
    await field.setValue(`look at ${SEED}`);
    await flushPromises();
    expect(field.element.value).toBe("");
    expect(wrapper.get("[role=alert]").text()).toContain("secret seed");
    expect(wrapper.html()).not.toContain(SEED);
    await field.setValue("G");
    expect(wrapper.find("[role=alert]").exists()).toBe(false);
    expect(fetched).not.toHaveBeenCalled();
  });

  it("tells a wrong checksum while it is pasted, and half an address only when it is submitted", async () => {
    const { wrapper, field } = box();
    await field.setValue(WRONG);
    expect(wrapper.get("[role=alert]").text()).toContain("checksum");
    await field.setValue(ADDRESS.slice(0, 50));
    expect(wrapper.find("[role=alert]").exists()).toBe(false);
    await wrapper.trigger("submit");
    expect(wrapper.get("[role=alert]").text()).toContain("not a whole address");
  });

  it("asks the server what a federation name means, in the body alone", async () => {
    const answer = { kind: "account", address: ADDRESS, muxed_id: "7", federation: "a*b.org", memo: null, mapped: true };
    fetched.mockResolvedValue(Response.json(answer));
    const { wrapper, router, field } = box();
    await field.setValue("a*b.org");
    await wrapper.trigger("submit");
    await flushPromises();
    const asked = fetched.mock.calls[0]![0] as Request;
    expect(new URL(asked.url).pathname).toBe("/api/v1/sandbox/resolve");
    expect(await asked.json()).toEqual({ text: "a*b.org" });
    expect(router.currentRoute.value.fullPath).toBe(`/sandbox/account/${ADDRESS}?muxed=7`);
  });

  it("shows what the server refused", async () => {
    const problem = { type: "federation", title: "No", detail: "b.org does not answer.", status: 502, request_id: "r" };
    fetched.mockResolvedValue(Response.json(problem, { status: 502 }));
    const { wrapper, field } = box();
    await field.setValue("a*b.org");
    await wrapper.trigger("submit");
    await flushPromises();
    expect(wrapper.get("[role=alert]").text()).toBe("b.org does not answer.");
  });
});
