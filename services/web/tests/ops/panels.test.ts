import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Component } from "vue";
import FaultPanel from "@/components/ops/FaultPanel.vue";
import HealthPanel from "@/components/ops/HealthPanel.vue";
import { useAccess } from "@/stores/access";

const fetched = vi.fn<typeof fetch>();
const MINUTE = 60_000;
const AT = "2026-11-25T01:00:00Z";
const PROBLEM = { type: "unavailable", title: "Away", status: 503, detail: "The store is away.", advice: null, request_id: "r1", errors: [] };

const refusal = () => Response.json(PROBLEM, { status: 503, headers: { "content-type": "application/problem+json" } });

function shown(component: Component) {
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return mount(component, { global: { plugins: [[VueQueryPlugin, { queryClient }]], stubs: { RouterLink: true } } });
}

/** Time goes on, and what is due in it is done. */
async function after(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  await flushPromises();
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(AT) });
  sessionStorage.clear();
  setActivePinia(createPinia());
  useAccess().unlock("secret");
  vi.stubGlobal("fetch", fetched);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  fetched.mockReset();
});

describe("health", () => {
  const check = { component: "store", state: "HEALTHY", latency_ms: 1, checked_at: AT, detail: "fine", advice: null };

  it("claims nothing any more, and counts nothing on, when the server went away", async () => {
    fetched.mockImplementation(() => Promise.resolve(Response.json({ state: "HEALTHY", as_of: AT, checks: [check] })));
    const panel = shown(HealthPanel);
    await after(100);
    expect(panel.get(".verdict").text()).toBe("All healthy");
    fetched.mockRejectedValue(new TypeError("no network"));
    await after(5 * MINUTE);
    expect(panel.get("[role=alert]").text()).toContain("does not answer");
    expect(panel.find(".verdict").exists()).toBe(false);
    expect(panel.get(".last time").attributes("datetime")).toBe(AT);
    expect(panel.get("ul").text()).not.toContain("5 min");
    fetched.mockImplementation(() => Promise.resolve(Response.json({ state: "HEALTHY", as_of: AT, checks: [check] })));
    await after(MINUTE);
    expect(panel.find("[role=alert]").exists()).toBe(false);
    expect(panel.get(".verdict").text()).toBe("All healthy");
    panel.unmount();
  });
});

describe("the faults", () => {
  it("keep the form with what was typed when they cannot be set, and say why", async () => {
    let away = true;
    fetched.mockImplementation((_, sent) => Promise.resolve(sent?.method === "PUT" && away ? refusal() : Response.json({ seed: 7, faults: [] })));
    const panel = shown(FaultPanel);
    await after(100);
    await panel.findAll("button").find((button) => button.text().startsWith("Add one"))!.trigger("click");
    await panel.get("form input").setValue(42);
    await panel.get("form").trigger("submit");
    await after(100);
    expect((panel.get("form input").element as HTMLInputElement).value).toBe("42");
    expect(panel.get("form [role=alert]").text()).toContain("The store is away.");
    away = false;
    await panel.get("form").trigger("submit");
    await after(100);
    expect(panel.find("form").exists()).toBe(false);
    panel.unmount();
  });
});
