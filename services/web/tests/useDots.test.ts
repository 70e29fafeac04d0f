import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h, shallowRef } from "vue";
import { useDots } from "@/composables/useDots";
import type { NotableChild } from "@/api/types";
import type { Colouring, TreeForm } from "@/tree/forms";
import { chosenKey } from "@/tree/ids";
import { buildModel } from "@/tree/model";
import { DIMMED, UNKNOWN_TINT } from "@/tree/rings/colours";
import { leaves, loadedWith, named, page, world } from "./tree/world";

const TOTAL = 1_000;
const fetched = vi.fn<typeof fetch>();
const children = leaves(TOTAL).map((life, at) => Object.assign(life, { created_at: `2018-${at < 500 ? 11 : 12}-05T00:00:00Z`, starting_balance_stroops: "50000000" }));

/** Two steps of a minute each byte: what `decodeRings` reads as TOTAL children of one class. */
function stream(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(28 + 2 * count).fill(2);
  const view = new DataView(bytes.buffer);
  for (const [at, letter] of [..."RING"].entries()) bytes[at] = letter.codePointAt(0)!;
  for (const [at, value] of [[4, 1], [5, 1]] as const) view.setUint8(at, value);
  view.setUint16(6, 28, true);
  for (const [at, value] of [[8, count], [12, Date.parse("2018-11-05T00:00:00Z") / 60_000], [16, count]] as const) view.setUint32(at, value, true);
  bytes.fill(4, 28 + count);
  return bytes;
}

/** Of whom it is known what it holds. */
function notable(at: number): NotableChild {
  const { address, created_op, created_at, starting_balance_stroops, ended_op, merged_into } = children[at]!;
  const face = { balance_stroops: "900000000000", is_hva: false, name: null, home_domain: null, tags: ["anchor"], is_issuer: null, issues: [] };
  return { address, created_op, created_at, starting_balance_stroops, ended_op, merged_into, children: 0, children_complete: true, face };
}

/** As the API answers: all children as two numbers, a page of 200, and who one of them is. */
function answer(request: Request): Response {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname.endsWith("/rings")) return new Response(stream(TOTAL));
  if (pathname.endsWith("/at")) return Response.json({ i: 0, count: TOTAL, child: children[Number(searchParams.get("i"))] });
  if (searchParams.get("sort") === "balance") return Response.json({ ...page(children.slice(700, 702)), notable: [notable(700), notable(701)], of_known: 2, total: TOTAL });
  return Response.json({ ...page(children.slice(0, 200), "next"), total: TOTAL });
}

function dotsOfHub(form: TreeForm = "rings", colouring: Colouring = "age", made = buildModel(world({ total: TOTAL, months: 2 }))) {
  const lineage = shallowRef(world({ total: TOTAL, months: 2 }));
  const model = shallowRef(made);
  let dots!: ReturnType<typeof useDots>;
  const component = defineComponent({
    setup() {
      dots = useDots("sandbox", { lineage, model, form: shallowRef(form), colouring: shallowRef(colouring), within: shallowRef(null) });
      return () => h("i");
    },
  });
  mount(component, { global: { plugins: [[VueQueryPlugin, { queryClient: new QueryClient() }]] } });
  return { dots, focus: model.value.focus };
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
  it("have their age at once, all of them, whatever has come", () => {
    const { dots, focus } = dotsOfHub();
    const tints = dots.discs.value.tints.get(focus)!;
    expect(tints).toHaveLength(TOTAL);
    expect(tints).not.toContain(UNKNOWN_TINT);
  });

  it("have no balance before the API has told it; until then they are unknown, and counted", async () => {
    const { dots, focus } = dotsOfHub("rings", "balance");
    const unknown = () => dots.legend.value!.rows.find(({ text }) => text === "not known");
    expect(unknown()?.count).toBe(TOTAL);
    await vi.waitFor(() => expect(unknown()).toBeUndefined());
    expect(new Set(dots.discs.value.tints.get(focus))).toEqual(new Set([4]));
  });

  it("of whom more is known than the lineage tells are asked for, where a colour is about that", async () => {
    const { dots } = dotsOfHub("rings", "tag");
    await vi.waitFor(() => expect(dots.legend.value!.known).toBe("known of 2 of 1,000 children"));
    expect(dots.legend.value!.rows[0]).toEqual({ sign: { colouring: "tag", step: 3 }, text: "anchor", count: 2 });
  });

  describe("of an account whose tree has filters", () => {
    const filter = { issuers: true, asset: null, min: null, max: null };
    const lineage = world({ total: TOTAL, months: 2 });
    const key = chosenKey(buildModel(lineage).focus, filter, TOTAL);
    /** Whom the dots of these minutes are: no other has the same minute. */
    const fits = [30, 700].map((minute) => Object.assign(notable(0), { address: named("FIT", minute), created_at: new Date(Date.parse("2018-11-05T00:00:00Z") + minute * 60_000).toISOString(), starting_balance_stroops: "500000000" }));
    const answered = buildModel(lineage, loadedWith({ pages: [[key, [{ ...page(leaves(2)), notable: fits, of_known: 2, total: TOTAL }]]] }), new Set(), { filter });
    const lit = (tints: Uint8Array) => tints.reduce((count, tint) => count + (tint < DIMMED ? 1 : 0), 0);

    it("are pale, but for those that are known to fit, and the legend says so", async () => {
      const { dots, focus } = dotsOfHub("rings", "age", answered);
      const pale = () => dots.legend.value!.rows.some(({ sign }) => sign === "pale");
      await vi.waitFor(() => expect(lit(dots.discs.value.tints.get(focus)!)).toBe(2));
      expect(pale()).toBe(true);
      expect(dots.discs.value.known.map(({ step, today }) => [step > 0, today])).toEqual([[true, false], [true, false]]);
    });

    it("are not pale before anything is known of who fits", async () => {
      const { dots, focus } = dotsOfHub("rings", "age", buildModel(lineage, undefined, new Set(), { filter }));
      await flushPromises();
      expect(lit(dots.discs.value.tints.get(focus)!)).toBe(TOTAL);
      expect(dots.legend.value!.rows.some(({ sign }) => sign === "pale")).toBe(false);
    });
  });

  it("are found by their place", async () => {
    const { dots, focus } = dotsOfHub();
    await flushPromises();
    const place = { of: focus, at: 937 };
    expect(dots.inWords(place).title).toBe("Child 938 of 1,000");
    expect((await dots.find(place))?.address).toBe(children[937]!.address);
    expect(dots.inWords(place).title).toBe(children[937]!.address);
    expect(dots.placeOf(children[937]!.address)).toEqual(place);
  });

  it("that were read are known without asking", async () => {
    const { dots, focus } = dotsOfHub();
    await flushPromises();
    expect((await dots.find({ of: focus, at: 12 }))?.address).toBe(children[12]!.address);
    expect(dots.placeOf(children[12]!.address)).toEqual({ of: focus, at: 12 });
    expect(fetched).toHaveBeenCalledTimes(2);
  });

  it("of months in the Radial view know when alone, and nothing is read for them", async () => {
    const { dots } = dotsOfHub("radial", "balance");
    await flushPromises();
    const tints = [...dots.discs.value.tints.values()];
    expect(tints.reduce((sum, each) => sum + each!.length, 0)).toBe(TOTAL);
    expect(tints.every((each) => each!.every((tint) => tint === UNKNOWN_TINT))).toBe(true);
    expect(fetched).not.toHaveBeenCalled();
  });
});
