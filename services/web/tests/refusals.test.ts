import { describe, expect, it } from "vitest";
import type { Refusal } from "@/api/types";
import { finalRefusals, isReadByApi, isRefused, reasonsOf } from "@/lineage/refusals";
import { lineageOf, stageOf } from "./lives";

const TOO_DEAR = "The query lives would cost $2.400; cost_limit_usd allows $0.71.";
const refusal = (step: Refusal["step"], read_by_api = true, reason = TOO_DEAR): Refusal => ({ step, reason, read_by_api });

describe("what BigQuery did not answer", () => {
  it("was read by API where it says so, with a reason or without one", () => {
    expect(isReadByApi(lineageOf())).toBe(false);
    expect(isReadByApi(lineageOf({ pipeline_source: null }))).toBe(false);
    expect(isReadByApi(lineageOf({ pipeline_source: "BIGQUERY_WITH_API_FALLBACK" }))).toBe(true);
    expect(isReadByApi(lineageOf({ refusals: [refusal("children")] }))).toBe(true);
    expect(isReadByApi(lineageOf({ pipeline_source: "BIGQUERY", refusals: [refusal("creator", false)] }))).toBe(false);
  });

  it("is final where nothing else may answer", () => {
    const kept = refusal("creator", false);
    expect(finalRefusals(lineageOf({ refusals: [kept, refusal("children")] }))).toEqual([kept]);
  });

  it("is told once for all steps that share a reason", () => {
    expect(reasonsOf([refusal("creator"), refusal("children")])).toEqual([{ reason: TOO_DEAR, steps: "Creator and children" }]);
    expect(reasonsOf([refusal("creator"), refusal("children", true, "too large")]).map(({ steps }) => steps)).toEqual(["Creator", "Children"]);
  });

  it("makes a failed stage refused, and no other", () => {
    const detail = { refusal: TOO_DEAR };
    expect(isRefused(stageOf(1, { state: "FAILED", error: TOO_DEAR, detail }))).toBe(true);
    expect(isRefused(stageOf(1, { state: "FAILED", error: "Horizon is away", detail }))).toBe(false);
    expect(isRefused(stageOf(1, { state: "DONE", detail }))).toBe(false);
    expect(isRefused(stageOf(1, { state: "FAILED" }))).toBe(false);
  });
});
