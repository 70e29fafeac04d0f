import { describe, expect, it } from "vitest";
import type { HealthCheck } from "@/api/types";
import { FAULT_KINDS } from "@/api/faults";
import { asAsked, fault, KINDS, OF_HORIZON, PRESETS, SECONDS, termsOf, WITH_LEDGER } from "@/ops/faults";
import { componentName, healthHeadline, sinceAfter, sinceWords } from "@/ops/health";
import { limitWords, rateWords, sourceName, unlimitedReason } from "@/ops/usage";

const AT = "2026-11-25T01:00:00Z";
const NOW = Date.parse(AT) + 90_000;

function check(component: string, state: HealthCheck["state"] = "HEALTHY", checked_at = AT): HealthCheck {
  return { component, state, checked_at, latency_ms: 1, detail: null, advice: null };
}

describe("health in words", () => {
  it("names the parts", () => {
    expect(["store", "bus", "horizon:sandbox", "other"].map(componentName)).toEqual(["Store", "Event log", "Horizon · sandbox", "other"]);
  });

  it("says that all is well, which one is not, or how many", () => {
    expect(healthHeadline({ checks: [check("store"), check("bus")] })).toBe("All healthy");
    expect(healthHeadline({ checks: [check("store", "UNHEALTHY"), check("bus")] })).toBe("Store is down");
    expect(healthHeadline({ checks: [check("store", "UNHEALTHY"), check("bus", "DEGRADED")] })).toBe("2 of 2 parts are not healthy");
  });

  it("knows since when only what it saw begin", () => {
    const first = sinceAfter(new Map(), [check("store")]);
    expect(sinceWords(first.get("store")!, NOW)).toBe("for 1 min or more");
    const later = sinceAfter(first, [check("store", "DEGRADED", "2026-11-25T01:01:00Z")]);
    expect(sinceWords(later.get("store")!, NOW)).toBe("for 30 s");
    const same = sinceAfter(later, [check("store", "DEGRADED", "2026-11-25T01:01:20Z")]);
    expect(same.get("store")).toBe(later.get("store"));
  });
});

describe("usage in words", () => {
  it("tells limit and rate, and why there is none", () => {
    expect(sourceName({ source: "expert", network: null })).toBe("Stellar Expert");
    expect(limitWords({ limit_per_hour: 2_556, rate_per_s: 0.71 })).toBe("2,556/h");
    expect(rateWords({ rate_per_s: 0.7133 })).toBe("0.71/s");
    expect(unlimitedReason({ limit_per_hour: null, rate_per_s: 0 })).toBe("It has no limit here.");
    expect(unlimitedReason({ limit_per_hour: null, rate_per_s: null })).toContain("No process");
  });
});

describe("faults of the sandbox", () => {
  it("has words for every kind", () => {
    expect(Object.keys(KINDS).toSorted()).toEqual(FAULT_KINDS.toSorted());
  });

  it("tells that an answer of another kind may be HTML", () => {
    expect(KINDS.wrong_json.does).toMatch(/HTML, or valid JSON/);
  });

  it("never asks for what the sandbox refuses", () => {
    for (const one of PRESETS.flatMap(({ faults }) => faults)) {
      expect(one.seconds === null || one.kind in SECONDS).toBe(true);
      expect(WITH_LEDGER.has(one.kind)).toBe(one.ledger !== null);
      expect(one.source === "expert" && OF_HORIZON.has(one.kind)).toBe(false);
    }
  });

  it("tells how often, when and of whom", () => {
    expect(termsOf(fault("unavailable"))).toBe("every request");
    const some = fault("slow_drip", { share: 0.25, source: "both", seconds: 5, times: 2, after_s: 60, for_s: 30, every_s: 90, path: "/payments" });
    expect(termsOf(some)).toBe(
      "25 % of requests · both sources · path contains /payments · takes 5 s · at most 2 times · after 60 s · for 30 s · again every 90 s",
    );
    expect(termsOf(fault("history_cut", { ledger: 30_000_000 }))).toContain("before ledger 30,000,000");
  });

  it("sends back what was asked for without what it counted", () => {
    expect(asAsked({ ...fault("reset"), hits: 3, state: "active" })).toEqual(fault("reset"));
  });
});
