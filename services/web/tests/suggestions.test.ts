import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory, createRouter } from "vue-router";
import { mayHoldSeed } from "@/address/parse";
import { isWorthAsking } from "@/address/suggest";
import type { FoundAccount } from "@/api/types";
import SearchBox from "@/components/shell/SearchBox.vue";

const SEED = "SAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB6NKI";
const ONE = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7";
const TWO = "GBAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7";
const BEGUN: { held: string[]; free: string[] } = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../../tests/data/address_text/seeds_begun.json"), "utf8"),
);
const fetched = vi.fn<typeof fetch>();
let wrapper: VueWrapper;

function account(address: string, known: Partial<FoundAccount> = {}): FoundAccount {
  return { address, found_by: "tag", term: "anchor", name: null, home_domain: null, tags: ["Anchor"], exists: true, balance_stroops: "70000000", ...known };
}

function answers(...accounts: FoundAccount[]): void {
  fetched.mockImplementation(async () => Response.json({ accounts, next_cursor: null, truncated: false, scanned: 1, as_of: "", network: "sandbox" }));
}

function box() {
  const component = { template: "<i />" };
  const routes = [
    { path: "/", component },
    { path: "/:network/account/:address", name: "account", component },
  ];
  const router = createRouter({ history: createMemoryHistory(), routes });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const plugins = [router, [VueQueryPlugin, { queryClient: client }] as [typeof VueQueryPlugin, object]];
  wrapper = mount(SearchBox, { props: { network: "sandbox" }, global: { plugins }, attachTo: document.body });
  return { router, field: wrapper.get("input") };
}

async function typed(text: string): Promise<void> {
  wrapper.get("input").element.focus();
  await wrapper.get("input").setValue(text);
  await vi.advanceTimersByTimeAsync(250);
  await flushPromises();
}

const rows = (): string[] => wrapper.findAll("[role=option]").map((row) => row.text());
const asked = (): string[] => fetched.mock.calls.map(([request]) => new URL((request as Request).url).searchParams.get("q")!);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", fetched);
});
afterEach(() => {
  wrapper?.unmount();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  fetched.mockReset();
});

describe("suggestions", () => {
  it("show what was found by which word, addresses short, once somebody pauses", async () => {
    answers(account(ONE, { name: "A & Co" }), account(TWO, { exists: false, found_by: "address", term: null, tags: [] }));
    box();
    await wrapper.get("input").setValue("an");
    await wrapper.get("input").setValue("anch");
    await typed("ancho");
    expect(asked()).toEqual(["ancho"]);
    expect(rows()).toEqual(["GAAZI…CCWN7tagged anchor · A & Co · Anchor7 XLM", "GBAZI…CCWN7no domain, no tagsmerged"]);
    expect(wrapper.get("input").attributes("aria-expanded")).toBe("true");
    expect(wrapper.get("[role=status]").text()).toBe("2 mapped accounts begin so");
  });

  it("are chosen with the keys, the field being one place among the rows", async () => {
    answers(account(ONE), account(TWO));
    const { router, field } = box();
    await typed("anchor");
    async function after(key: "down" | "up"): Promise<string | undefined> {
      await field.trigger(`keydown.${key}`);
      return wrapper.findAll("[aria-selected=true]")[0]?.attributes("title");
    }
    expect(await after("down")).toBe(ONE);
    expect(await after("down")).toBe(TWO);
    expect(await after("down")).toBeUndefined();
    expect(await after("up")).toBe(TWO);
    expect(field.attributes("aria-activedescendant")).toBe(wrapper.get("[aria-selected=true]").attributes("id"));
    await wrapper.trigger("submit");
    await flushPromises();
    expect(router.currentRoute.value.path).toBe(`/sandbox/account/${TWO}`);
    expect(wrapper.emitted("done")).toHaveLength(1);
    expect(wrapper.find("[role=listbox]").exists()).toBe(false);
  });

  it("are chosen with a click, and what is typed is searched for where none is", async () => {
    answers(account(ONE));
    const { router } = box();
    await typed("anchor");
    await wrapper.trigger("submit");
    expect(wrapper.get("[role=alert]").text()).not.toBe("");
    expect(wrapper.find("[role=listbox]").exists()).toBe(false);
    await typed("anchors");
    await wrapper.get("[role=option]").trigger("click");
    await flushPromises();
    expect(router.currentRoute.value.path).toBe(`/sandbox/account/${ONE}`);
  });

  it("close with Escape and come back with a key", async () => {
    answers(account(ONE));
    const { field } = box();
    await typed("anchor");
    await field.trigger("keydown.esc");
    expect(wrapper.find("[role=listbox]").exists()).toBe(false);
    expect(document.activeElement).toBe(field.element);
    await field.trigger("keydown.down");
    await flushPromises();
    expect(rows()).toHaveLength(1);
  });

  it("say that there are none, and that they cannot be read", async () => {
    answers();
    box();
    await typed("nobody");
    expect(wrapper.text()).toContain("No mapped account");
    fetched.mockImplementation(async () => Response.json({ type: "unavailable", title: "No", detail: "The store is away.", status: 503, request_id: "r" }, { status: 503 }));
    await typed("nobody2");
    expect(wrapper.text()).toContain("cannot be read now");
    expect(wrapper.find("[role=alert]").exists()).toBe(false);
  });

  /** Answers by page, `null` being the last cursor; then those of the last again. */
  function pages(...answered: [accounts: FoundAccount[], next: string | null][]): void {
    fetched.mockImplementation(async () => {
      const [accounts, next_cursor] = answered[Math.min(fetched.mock.calls.length, answered.length) - 1]!;
      return Response.json({ accounts, next_cursor, truncated: next_cursor !== null, scanned: 300, as_of: "", network: "sandbox" });
    });
  }

  it("are looked for further where what was looked at held none", async () => {
    pages([[], "one"], [[], "two"], [[account(ONE)], null]);
    box();
    await typed("anchor");
    expect(fetched.mock.calls.map(([request]) => new URL((request as Request).url).searchParams.get("cursor"))).toEqual([null, "one", "two"]);
    expect(rows()).toHaveLength(1);
    expect(wrapper.text()).not.toContain("may be more");
  });

  it("are not said to be none while not all was looked at, nor looked for without end", async () => {
    pages([[], "on"]);
    box();
    await typed("anchor");
    expect(fetched).toHaveBeenCalledTimes(4);
    expect(wrapper.text()).toContain("not all that may begin so was looked at");
    expect(wrapper.get("[role=status]").text()).toBe("None so far: not all mapped accounts were looked at");
    expect(wrapper.text()).not.toContain("No mapped account");
  });

  it("are of the network that is shown, also before its own have come", async () => {
    answers(account(ONE));
    box();
    await typed("anchor");
    fetched.mockImplementation(() => new Promise(() => {}));
    await typed("anchors");
    expect(rows()).toHaveLength(1); // they stand until others take their place
    await wrapper.setProps({ network: "testnet" });
    await flushPromises();
    expect(rows()).toEqual([]);
    expect(wrapper.text()).not.toContain("No mapped account");
  });

  it.each(["g", ONE, "a*b.org", SEED.slice(0, 20), `my ${SEED.slice(0, 40)}`, SEED.slice(0, 40).toLowerCase()])(
    "are not asked for what is short, whole, a name to look up, or may be a secret seed: %s",
    async (text) => {
      box();
      await typed(text);
      expect(fetched).not.toHaveBeenCalled();
    },
  );

  it.each(BEGUN.held)("are held back where a seed may be begun, as the server does: %s", (text) => {
    expect(mayHoldSeed(text)).toBe(true);
  });

  it.each(BEGUN.free)("are not held back where none is: %s", (text) => {
    expect(mayHoldSeed(text)).toBe(false);
  });

  const groups = [2, 4, 5, 7, 8, 10, 56].flatMap((size) => ["", " ", "-", ".", "\u00a0"].map((gap) => SEED.match(new RegExp(`.{1,${size}}`, "g"))!.join(gap)));
  const slips = [...SEED].map((_, at) => `${SEED.slice(0, at)}0${SEED.slice(at + 1)}`).slice(1);
  const written = [...groups, ...slips].flatMap((each) => ["", "my", "my ", "gate "].map((before) => before + each));

  it("never let out more of a seed than its first letters, however it is typed, from letter to letter", () => {
    const longest = written.flatMap((each) => [...each].map((_, end) => each.slice(0, end + 1))).filter(isWorthAsking);
    const out = (text: string): number => text.replace(/^(my ?|gate )/, "").replace(/[^A-Z0-9]/g, "").length;
    expect(longest.length).toBeGreaterThan(1_000);
    expect(Math.max(...longest.map(out))).toBe(11);
  });

  it("let out no more than half of a seed that lost its first letter", () => {
    expect(isWorthAsking(SEED.slice(1, 34))).toBe(false);
  });

  it("are asked for long domains and starts of addresses", () => {
    expect(isWorthAsking("stellarfoundation.org")).toBe(true);
    expect(isWorthAsking(ONE.slice(0, 40))).toBe(true);
    expect(isWorthAsking("GASAAACAQDAQCQMBYIBEFAW")).toBe(true);
  });
});
