/** What a domain publishes is a stranger's: text, and links only where they are safe. */

import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Toml } from "@/api/types";
import TomlSheet from "@/components/account/TomlSheet.vue";
import { safeLink } from "@/formats/strangers";
import contract from "../../../docs/reference/openapi.json";
import { currencyOf, factName, factsOf, isCut, MOST_ACCOUNTS, vouching } from "@/lineage/toml";
import { lineageOf } from "./lives";

const MARKUP = "<img src=x onerror=alert(1)>";
const ME = lineageOf().address;
const fetched = vi.fn<typeof fetch>();
const NONE = { tables: [], total: 0 };

function tomlOf(changes: Partial<NonNullable<Toml["content"]>> | null, facts: Partial<Toml> = {}): Toml {
  const { network, network_key, as_of, epoch, current, reset_at } = lineageOf();
  const content = changes && { general: {}, accounts: [], documentation: {}, principals: NONE, currencies: NONE, validators: NONE, ...changes };
  const read = { domain: "example.org", url: "https://example.org/.well-known/stellar.toml", fetched_at: as_of, text: MARKUP, parse_error: null };
  return { network, network_key, as_of, epoch, current, reset_at, ...read, content, ...facts };
}

function problem(status: number, type: string) {
  const body = { type, title: "Not reached", status, detail: "It leads into a network of its own.", request_id: "r", advice: "The owner can mend it.", retry_after_s: null, errors: [], way_out: null };
  return Response.json(body, { status });
}

async function sheet() {
  const wrapper = mount(TomlSheet, {
    props: { network: "sandbox", domain: "example.org", address: ME },
    global: { plugins: [[VueQueryPlugin, { queryClient: new QueryClient() }]], stubs: { RouterLink: true, ModalDialog: { template: "<div><slot /></div>" } } },
  });
  await flushPromises();
  return wrapper;
}

beforeEach(() => vi.stubGlobal("fetch", fetched));
afterEach(() => {
  vi.unstubAllGlobals();
  fetched.mockReset();
});

describe("a link that a stranger published", () => {
  it("is followed by https alone, without a name in it", () => {
    expect(safeLink("https://stellar.org/x")).toBe("https://stellar.org/x");
    for (const text of ["http://a.org", "javascript:alert(1)", "data:text/html,x", "https://me:pw@a.org", "https://", "a.org", " https://a.org", "//a.org"]) {
      expect(safeLink(text)).toBeNull();
    }
  });
});

describe("a stellar.toml", () => {
  it("shows every word as text, and makes links that leave nothing behind", async () => {
    fetched.mockImplementation(() =>
      Promise.resolve(Response.json(tomlOf({ documentation: { ORG_NAME: MARKUP, ORG_URL: "https://example.org/", ORG_LOGO: "javascript:alert(1)" }, currencies: { tables: [{ code: MARKUP, issuer: ME, desc: MARKUP }], total: 300 } }))),
    );
    const wrapper = await sheet();
    expect(wrapper.findAll("img")).toHaveLength(0);
    expect(wrapper.text()).toContain(MARKUP);
    const links = wrapper.findAll("a");
    expect(links.map((link) => link.attributes("href"))).toEqual(["https://example.org/"]);
    expect(links[0]!.attributes("rel")).toBe("noopener nofollow noreferrer");
    expect(wrapper.text()).toContain("300 currencies");
    expect(wrapper.text()).toContain("issuer of an asset");
  });

  it("shows what is no TOML as text, with why", async () => {
    fetched.mockImplementation(() => Promise.resolve(Response.json(tomlOf(null, { parse_error: "line 3: not closed" }))));
    const wrapper = await sheet();
    expect(wrapper.text()).toContain("not TOML");
    expect(wrapper.text()).toContain("line 3: not closed");
    expect(wrapper.get("pre").text()).toBe(MARKUP);
  });

  it("says what was refused without a button that cannot help, and offers to ask a silent domain again", async () => {
    fetched.mockImplementation(() => Promise.resolve(problem(422, "domain-refused")));
    const refused = await sheet();
    expect(refused.get("[role=alert]").text()).toContain("It leads into a network of its own.");
    expect(refused.find("button").exists()).toBe(false);
    fetched.mockImplementation(() => Promise.resolve(problem(502, "domain-silent")));
    const silent = await sheet();
    await silent.get("button").trigger("click");
    await flushPromises();
    expect(fetched).toHaveBeenCalledTimes(3);
  });

  it("vouches for an account that it names, and for no other", () => {
    expect(vouching(tomlOf({ accounts: [ME] }), ME)).toContain("as its own");
    expect(vouching(tomlOf({ validators: { tables: [{ PUBLIC_KEY: ME }], total: 1 } }), ME)).toContain("validator");
    expect(vouching(tomlOf({}), ME)).toBeNull();
  });

  it("says nothing of whom it does not name where not all of it was read", () => {
    expect(isCut(tomlOf({}))).toBe(false);
    expect(isCut(tomlOf({ currencies: { tables: [], total: 101 } }))).toBe(true);
    expect(isCut({ content: null })).toBe(true);
    expect(MOST_ACCOUNTS).toBe(contract.components.schemas.TomlContent.properties.accounts.maxItems);
  });

  it("tells who it is first, and of an asset its code and issuer", () => {
    expect(factsOf({ ORG_LOGO: "b", ORG_NAME: "a" }).map(({ name }) => factName(name))).toEqual(["name", "logo"]);
    expect(currencyOf({ code: "USD", issuer: "G", desc: "d" })).toEqual({ code: "USD", issuer: "G", facts: [{ name: "desc", value: "d" }] });
  });
});
