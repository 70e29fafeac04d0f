import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h, shallowRef } from "vue";
import { useDots } from "@/composables/useDots";
import type { Colouring, TreeForm } from "@/tree/forms";
import { buildModel } from "@/tree/model";
import { UNKNOWN_TINT } from "@/tree/rings/colours";
import { leaves, page, world } from "./tree/world";

const TOTAL = 1_000;
const fetched = vi.fn<typeof fetch>();
const children = leaves(TOTAL).map((life, at) => Object.assign(life, { created_at: `2018-${at < 500 ? 11 : 12}-05T00:00:00Z`, starting_balance_stroops: "50000000" }));

/** The children of the account, 200 a page, as the API answers them. */
function answer(request: Request): Response {
  const asked = new URL(request.url).searchParams;
  const month = asked.get("from");
  const wanted = month ? children.filter(({ created_at }) => created_at.startsWith(month)) : children;
  const from = Number(asked.get("cursor") ?? 0);
  const end = from + 200;
  return Response.json({ ...page(wanted.slice(from, end), end < wanted.length ? String(end) : null), total: TOTAL });
}

function dotsOfHub(form: TreeForm = "rings", colouring: Colouring = "age") {
  const lineage = shallowRef(world({ total: TOTAL, months: 2 }));
  const wantedColouring = shallowRef(colouring);
  const model = shallowRef(buildModel(lineage.value));
  let dots!: ReturnType<typeof useDots>;
  const component = defineComponent({
    setup() {
      dots = useDots("sandbox", { lineage, model, form: shallowRef(form), wantedColouring });
      return () => h("i");
    },
  });
  mount(component, { global: { plugins: [[VueQueryPlugin, { queryClient: new QueryClient() }]] } });
  return { dots, focus: model.value.focus, wantedColouring };
}

beforeEach(() => {
  vi.stubGlobal("fetch", fetched);
  fetched.mockImplementation((request) => Promise.resolve(answer(request as Request)));
});
afterEach(() => {
  vi.unstubAllGlobals();
  fetched.mockReset();
});

describe("the dots of an account", () => {
  it("have their age at once, all of them, whatever is read", async () => {
    const { dots, focus } = dotsOfHub();
    const tints = dots.discs.value.tints.get(focus)!;
    expect(tints).toHaveLength(TOTAL);
    expect(tints).not.toContain(UNKNOWN_TINT);
    await flushPromises();
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it("are read on when their balances are asked for; until then these are unknown, and counted", async () => {
    const { dots, focus, wantedColouring } = dotsOfHub();
    await flushPromises();
    wantedColouring.value = "balance";
    expect(dots.unread.value).toBe(800);
    expect(dots.discs.value.tints.get(focus)!.filter((tint) => tint === UNKNOWN_TINT)).toHaveLength(800);
    await vi.waitFor(() => expect(dots.unread.value).toBe(0));
    expect(dots.reading.value).toBe(false);
    expect(fetched).toHaveBeenCalledTimes(5);
  });

  it("are found by their place, in the pages of their month", async () => {
    const { dots, focus } = dotsOfHub();
    await flushPromises();
    const place = { of: focus, at: 937 };
    expect(dots.inWords(place).title).toBe("Child 938 of 1,000");
    expect((await dots.find(place))?.address).toBe(children[937]!.address);
    expect(dots.inWords(place).title).toBe(children[937]!.address);
    expect(dots.placeOf(children[937]!.address)).toEqual(place);
    expect(fetched.mock.calls.length).toBe(1 + 3);
  });

  it("that were read are known without asking", async () => {
    const { dots, focus } = dotsOfHub();
    await flushPromises();
    expect((await dots.find({ of: focus, at: 12 }))?.address).toBe(children[12]!.address);
    expect(dots.placeOf(children[12]!.address)).toEqual({ of: focus, at: 12 });
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it("of months in the Radial view are by age alone, and nothing is read for them", async () => {
    const { dots } = dotsOfHub("radial", "balance");
    await flushPromises();
    expect(dots.colouring.value).toBe("age");
    expect([...dots.discs.value.tints.values()].reduce((sum, tints) => sum + tints.length, 0)).toBe(TOTAL);
    expect(fetched).not.toHaveBeenCalled();
  });
});
