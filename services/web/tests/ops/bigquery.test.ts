import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BigQueryUsage, QueryView } from "@/api/types";
import BigQueryCard from "@/components/ops/BigQueryCard.vue";
import { bytesIn, formatBytes, formatUsd } from "@/formats/bytes";
import { alertsOf, shares } from "@/ops/bigquery";

const GIB = 1_024 ** 3;
const AT = "2026-11-15T12:00:00Z";
const NO_PROJECT = "Not configured: STELLARMAP_BIGQUERY_PROJECT names no Google Cloud project, so Horizon alone is read.";
const fetched = vi.fn<typeof fetch>();

type Facts = Partial<Omit<BigQueryUsage, "day" | "month">> & { day?: Partial<BigQueryUsage["day"]>; month?: Partial<BigQueryUsage["month"]> };

/** An installation that has not asked yet, but for what is told. */
function usageOf({ day, month, ...facts }: Facts = {}): BigQueryUsage {
  const none = { spent_bytes: 0, cost_usd: 0 };
  return {
    configured: true,
    enabled: true,
    mode: "BIGQUERY_WITH_API_FALLBACK",
    networks: ["public"],
    idle_reason: null,
    price_usd_per_tib: 6.25,
    cost_alert_usd: 5,
    over_alert: false,
    day: { ...none, limit_bytes: 100 * GIB, left_bytes: 100 * GIB, renews_at: "2026-11-16T00:00:00Z", ...day },
    month: {
      ...none,
      limit_bytes: 1_000 * GIB,
      left_bytes: 1_000 * GIB,
      renews_at: "2026-12-01T00:00:00Z",
      free_left_bytes: 1_024 * GIB,
      projected_bytes: 0,
      projected_cost_usd: 0,
      used_up_at: null,
      ...month,
    },
    open: [],
    latest: [],
    ...facts,
  };
}

function queryOf(number: number, facts: Partial<QueryView> = {}): QueryView {
  const at = new Date(Date.parse(AT) - number * 60_000).toISOString();
  return { query: "lives", network: "public", reserved_at: at, settled_at: at, accounts: 3, reserved_bytes: 2 * GIB, billed_bytes: GIB, cached: false, cost_usd: 0.0061, ...facts };
}

async function shown(bigquery: BigQueryUsage) {
  fetched.mockImplementation(() => Promise.resolve(Response.json({ as_of: AT, sources: [], bigquery })));
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const card = mount(BigQueryCard, { global: { plugins: [[VueQueryPlugin, { queryClient }]] } });
  await vi.advanceTimersByTimeAsync(100);
  await flushPromises();
  return card;
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(AT) });
  vi.stubGlobal("fetch", fetched);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  fetched.mockReset();
});

describe("the card", () => {
  it("says plainly that it is not configured, and shows no budget of what nobody can spend", async () => {
    const card = await shown(usageOf({ configured: false, mode: "API_ONLY", networks: [], idle_reason: NO_PROJECT }));
    expect(card.text()).toContain(NO_PROJECT);
    expect(card.get(".chip").text()).toBe("not configured");
    expect(card.find("[role=meter]").exists()).toBe(false);
    card.unmount();
  });

  it("says that no query has run this month", async () => {
    const card = await shown(usageOf());
    expect(card.text()).toContain("No query has run this month.");
    expect(card.findAll("[role=meter]")).toHaveLength(2);
    expect(card.find("table").exists()).toBe(false);
    card.unmount();
  });

  it("tells month, day, cost and where the pace leads", async () => {
    const month = { spent_bytes: 412.3 * GIB, left_bytes: 587.7 * GIB, cost_usd: 2.516, projected_bytes: 824.6 * GIB, projected_cost_usd: 5.03 };
    const card = await shown(usageOf({ over_alert: true, month, day: { spent_bytes: 17.4 * GIB, left_bytes: 82.6 * GIB }, latest: [queryOf(1)] }));
    const [ofMonth, ofDay] = card.findAll("[role=meter]");
    expect(ofMonth!.attributes("aria-valuetext")).toBe("412 GiB of 1,000 GiB spent");
    expect(ofDay!.attributes("aria-label")).toBe("Today");
    expect(card.text()).toContain("projected 825 GiB");
    expect(card.text()).toContain("588 GiB left until Dec 1");
    expect(card.text()).toContain("82.6 GiB left for 12 h");
    expect(card.get(".warm").text()).toBe("$5.03");
    card.unmount();
  });

  it("lists those that run first, then a few of the latest, and all when it is asked to", async () => {
    const latest = Array.from({ length: 20 }, (_, number) => queryOf(number + 1, number === 0 ? { cached: true, billed_bytes: 0, cost_usd: 0 } : {}));
    const card = await shown(usageOf({ open: [queryOf(0, { billed_bytes: null, settled_at: null, accounts: 0 })], latest }));
    const rows = () => card.findAll("tbody tr");
    expect(rows()).toHaveLength(6);
    expect(rows()[0]!.text()).toContain("runs");
    expect(rows()[0]!.text()).toContain("It still runs, and costs at most");
    expect(rows()[0]!.text()).toContain("all");
    expect(rows()[1]!.text()).toContain("cached");
    await card.get("button").trigger("click");
    expect(rows()).toHaveLength(21);
    await card.get("button").trigger("click");
    expect(rows()).toHaveLength(6);
    card.unmount();
  });
});

describe("warnings", () => {
  const said = (facts: Facts) => alertsOf(usageOf(facts)).map(({ says }) => says);
  const used = { left_bytes: 0 };

  it("are none while all is within its limits, or no query runs", () => {
    expect(said({})).toEqual([]);
    expect(said({ over_alert: true, day: used, idle_reason: NO_PROJECT })).toEqual([]);
  });

  it("tell a budget that is used up, and who answers until it begins anew", () => {
    expect(said({ day: used })).toEqual(["Today's budget is used up: every query is refused until midnight UTC."]);
    expect(alertsOf(usageOf({ day: used }))[0]!.advice).toBe("Horizon answers instead; daily_limit_gb sets the budget.");
    expect(alertsOf(usageOf({ day: used, mode: "BIGQUERY_ONLY" }))[0]!.advice).toContain("Steps fail");
  });

  it("tell no more once the month is used up: nothing else is read or paid", () => {
    expect(said({ month: { ...used, used_up_at: AT }, day: used, over_alert: true })).toEqual(["The month's budget is used up: every query is refused until Dec 1."]);
  });

  it("tell when it will be, and that a day has little left", () => {
    expect(said({ month: { used_up_at: "2026-11-21T10:00:00Z" } })).toEqual(["At this pace the month's budget is used up on Nov 21."]);
    expect(said({ day: { spent_bytes: 90 * GIB, left_bytes: 10 * GIB } })[0]).toContain("10 GiB of today's budget are left");
    expect(said({ day: { spent_bytes: 89 * GIB, left_bytes: 11 * GIB } })).toEqual([]);
  });

  it("tell a projected cost, and whether the free TiB bears it", () => {
    const month = { projected_bytes: 900 * GIB, projected_cost_usd: 5.49 };
    const [alert] = alertsOf(usageOf({ over_alert: true, month }));
    expect(alert).toEqual({ says: "At this pace the month costs $5.49: cost_alert_usd is $5.00.", advice: "It stays within the free TiB, if nobody else uses it." });
    expect(alertsOf(usageOf({ over_alert: true, month: { ...month, projected_bytes: 1_025 * GIB } }))[0]!.advice).toContain("monthly_limit_gb stops it");
  });
});

describe("bytes and dollars", () => {
  it("are told by three figures, in units of 1,024", () => {
    expect([0, 10 * 1_024 ** 2, 17.34 * GIB, 1_000 * GIB, 1_024 * GIB].map((size) => formatBytes(size))).toEqual(["0 B", "10 MiB", "17.3 GiB", "1,000 GiB", "1 TiB"]);
    expect(bytesIn(1_400 * GIB, "GiB")).toBe("1,400");
  });

  it("never make something of nothing, nor nothing of something", () => {
    expect([0, 0.00001, 0.0042, 0.0053, 0.012, 0.0996, 0.71, 1_234.5].map(formatUsd)).toEqual([
      "$0",
      "< $0.0001",
      "$0.0042",
      "$0.0053",
      "$0.012",
      "$0.10",
      "$0.71",
      "$1,234.50",
    ]);
  });

  it("fill a bar to its end and no further", () => {
    expect(shares({ spent_bytes: 25, limit_bytes: 100 }, 75)).toEqual({ spent: 25, ahead: 50 });
    expect(shares({ spent_bytes: 50, limit_bytes: 100 }, 400)).toEqual({ spent: 50, ahead: 50 });
    expect(shares({ spent_bytes: 120, limit_bytes: 100 }, 400)).toEqual({ spent: 100, ahead: 0 });
    expect(shares({ spent_bytes: 0, limit_bytes: 0 })).toEqual({ spent: 100, ahead: 0 });
  });
});
