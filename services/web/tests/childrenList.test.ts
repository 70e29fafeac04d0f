import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KnownFilter } from "@/api/queries";
import ChildrenList from "@/components/account/ChildrenList.vue";
import MonthHistogram from "@/components/account/MonthHistogram.vue";
import { leaves, ME, page } from "./tree/world";

const FILTER: KnownFilter = { issuers: true, asset: null, min: "10", max: null };
const fetched = vi.fn<typeof fetch>();
let matching = 3;

async function listOf(chosen: KnownFilter | null) {
  const props = { network: "sandbox", address: ME, known: 5_000, reading: "complete" as const, notable: [], selected: null, sort: "created" as const, part: "", chosen, from: null, to: null };
  const list = mount(ChildrenList, { props, global: { plugins: [[VueQueryPlugin, { queryClient: new QueryClient() }]], stubs: { RouterLink: true } } });
  await flushPromises();
  return { list, asked: new URL((fetched.mock.lastCall![0] as Request).url).searchParams };
}

beforeEach(() => {
  matching = 3;
  fetched.mockImplementation(() => Promise.resolve(Response.json({ ...page(leaves(matching)), total: 5_000, of_known: 340 })));
  vi.stubGlobal("fetch", fetched);
});
afterEach(() => {
  vi.unstubAllGlobals();
  fetched.mockReset();
});

describe("the list of children under the filters of the tree", () => {
  it("is of those alone, and says which and of how many that is known", async () => {
    const { list, asked } = await listOf(FILTER);
    expect([asked.get("issuers"), asked.get("balance_min"), asked.get("balance_max")]).toEqual(["true", "10", null]);
    expect(list.get(".chip").text()).toContain("known to issue assets, hold at least 10 XLM");
    expect(list.get(".summary").text()).toBe("3 of 340 known of 5,000 children. Of 4,660 it is not known; they are not shown.");
  });

  it("leads back to all of them", async () => {
    const { list } = await listOf(FILTER);
    await list.get(".chip").trigger("click");
    expect(list.emitted("allKnown")).toHaveLength(1);
  });

  it("says that nobody of whom it is known fits, not that there is no child", async () => {
    matching = 0;
    const { list } = await listOf(FILTER);
    expect(list.get(".empty").text()).toBe("No child of whom it is known fits these filters.");
  });

  it("is of all without them", async () => {
    const { list, asked } = await listOf(null);
    expect(asked.has("issuers")).toBe(false);
    expect(list.find(".chip").exists()).toBe(false);
  });
});

describe("the months under the filters of the tree", () => {
  it("count all children, and say so", () => {
    const props = { histogram: { first: "2020-01", counts: [3, 4], undated: 0 }, until: "2020-03", from: null, to: null };
    const titleWith = (filtered: boolean) => mount(MonthHistogram, { props: { ...props, filtered } }).get("h2").text();
    expect([titleWith(true), titleWith(false)]).toEqual(["All children created per month, whatever the filters", "Children created per month"]);
  });

  it("say that they count the children read so far, where there may be more", () => {
    const props = { histogram: { first: "2020-01", counts: [3, 4], undated: 0 }, until: "2020-03", from: null, to: null, partly: true };
    expect(mount(MonthHistogram, { props }).get("h2").text()).toBe("Children read so far, by month of creation");
  });
});
