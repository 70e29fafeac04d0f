/** What strangers call an account is shown as text; what is not known is never nothing. */

import { mount } from "@vue/test-utils";
import { afterEach, describe, expect, it, vi } from "vitest";
import { effectScope } from "vue";
import { createMemoryHistory, createRouter } from "vue-router";
import type { Enrichment } from "@/api/types";
import IdentityChips from "@/components/account/IdentityChips.vue";
import ProfileChips from "@/components/account/ProfileChips.vue";
import ProfileDetails from "@/components/account/ProfileDetails.vue";
import { useRefreshing } from "@/composables/useRefreshing";
import { assetName, isWarning } from "@/formats/profiles";
import { lineageOf } from "./lives";

const MARKUP = "<img src=x onerror=alert(1)>";
const ADDRESS = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7";
const READ_AT = "2026-11-01T12:00:00Z";

function enrichment(changes: Partial<Enrichment> = {}): Enrichment {
  return {
    exists: true,
    ledger: 100,
    balance_stroops: "1000000000001",
    is_hva: true,
    home_domain: MARKUP,
    name: MARKUP,
    directory_domain: null,
    tags: ["exchange", "malicious"],
    flags: ["auth_required"],
    assets: [{ code: MARKUP, issuer: ADDRESS, pool: null, kind: "credit_alphanum12", balance_stroops: "5", authorized: true }],
    assets_total: 1_000,
    issued_assets: [{ code: "GOLD", kind: "credit_alphanum4", holders: 2_000, amount_stroops: null }],
    issued_assets_total: 200,
    issued_assets_complete: false,
    is_issuer: true,
    signers: [],
    thresholds: { low: 0, medium: 1, high: 2 },
    subentry_count: 3,
    sponsor: null,
    sponsoring: 0,
    sponsored: 0,
    sequence: "7",
    fresh_as_of: { account: READ_AT, assets: READ_AT, issued_assets: READ_AT, directory: READ_AT },
    ...changes,
  };
}

function details(known: Enrichment | null, current = true) {
  return mount(ProfileDetails, { props: { enrichment: known, current, refreshing: "no" } });
}

afterEach(() => void vi.useRealTimers());

describe("chips", () => {
  it("show a domain, a name and tags as text, whatever is written in them", () => {
    const chips = mount(ProfileChips, { props: { enrichment: enrichment() } });
    expect(chips.findAll("img, a")).toHaveLength(0);
    expect(chips.text()).toContain(MARKUP);
    expect(chips.findAll(".chip.bad").map((chip) => chip.text())).toEqual(["malicious"]);
  });

  it("say nothing of an account that has nothing to say", () => {
    const plain = enrichment({ is_hva: false, home_domain: null, name: null, tags: [], flags: [], is_issuer: false });
    expect(mount(ProfileChips, { props: { enrichment: plain } }).text()).toBe("");
  });

  it.each([
    ["within a day", "2026-11-02T11:59:00Z", true, null],
    ["longer ago", "2026-11-03T13:00:00Z", true, "last read 2 d ago"],
    ["longer ago, on a network that was reset", "2026-11-03T13:00:00Z", false, null],
    ["by Horizon within a day, longer ago by the directory", "2026-11-02T11:00:00Z", true, "last read 3 d ago", "2026-10-30T10:00:00Z"],
  ])("of what was read %s", (_when, now, current, told, directory = READ_AT) => {
    vi.useFakeTimers({ now: new Date(now) });
    const router = createRouter({ history: createMemoryHistory(), routes: [{ path: "/", component: { render: () => null } }] });
    const props = { network: "sandbox", muxed: null, lineage: lineageOf({ current }), enrichment: enrichment({ fresh_as_of: { account: READ_AT, assets: READ_AT, issued_assets: READ_AT, directory } }), waiting: false };
    const chips = mount(IdentityChips, { props, global: { plugins: [router], stubs: { RankChip: true, ProfileChips: true } } });
    expect(chips.find("a.ancestry").exists() ? chips.get("a.ancestry").text() : null).toBe(told);
    chips.unmount();
  });
});

describe("details", () => {
  it("show every part, and how much is left out", () => {
    const shown = details(enrichment());
    expect(shown.text()).toContain("100,000.0000001 XLM");
    expect(shown.text()).toContain("Holds 1,000 assets besides XLM");
    expect(shown.text()).toContain("and 999 more");
    expect(shown.text()).toContain("Issues at least 200 assets");
    expect(shown.text()).toContain("0 / 1 / 2");
    expect(shown.findAll("img")).toHaveLength(0);
  });

  it("say of a merged account that it has nothing, and no more", () => {
    const shown = details(enrichment({ exists: false, balance_stroops: "0", home_domain: null, assets: [], assets_total: 0 }));
    expect(shown.text()).toContain("0 XLM");
    expect(shown.text()).not.toContain("Home domain");
  });

  it("say of what was not read that it is not known", () => {
    expect(details(null).text()).toContain("not read yet");
    const shown = details(enrichment({ exists: null, balance_stroops: null, fresh_as_of: { account: null, assets: null, issued_assets: null, directory: READ_AT } }));
    expect(shown.text()).toContain("unknown: Horizon did not have this account");
  });

  it("say how reading it again goes: asked, come, or long in coming", () => {
    vi.useFakeTimers();
    const scope = effectScope();
    const { state, asked, ended } = scope.run(useRefreshing)!;
    const shown = () => mount(ProfileDetails, { props: { enrichment: enrichment(), current: true, refreshing: state.value } });
    expect(shown().get("button").text()).toBe("Refresh");
    asked();
    expect([shown().get("button").text(), shown().find("[role=status]").exists()]).toEqual(["Reading…", false]);
    vi.advanceTimersByTime(15_000);
    expect(shown().get("button").attributes("disabled")).toBeUndefined();
    expect(shown().get("[role=status]").text()).toContain("What was read before is shown until they do");
    ended();
    expect(shown().find("[role=status]").exists()).toBe(false);
    asked();
    scope.stop();
    vi.advanceTimersByTime(60_000);
    expect(state.value).toBe("asked"); // nobody looks any more
  });

  it("offer to read it again, unless its network was reset", async () => {
    const shown = details(enrichment());
    await shown.get("button.button").trigger("click");
    expect(shown.emitted("refresh")).toHaveLength(1);
    expect(details(enrichment(), false).findAll("button.button")).toHaveLength(0);
  });
});

describe("words", () => {
  it("name assets and pools", () => {
    expect(assetName({ code: "USDC", pool: null })).toBe("USDC");
    expect(assetName({ code: null, pool: "59fa1dc57433dcfb013e" })).toBe("pool 59fa…013e");
    expect(isWarning("malicious")).toBe(true);
    expect(isWarning("exchange")).toBe(false);
  });
});
