import { mount } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import type { Lineage, Refusal, Stage } from "@/api/types";
import FailedNotice from "@/components/account/FailedNotice.vue";
import StageList from "@/components/account/StageList.vue";
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

describe("what the page says of a refusal", () => {
  const words = (detail: Stage["detail"]) => mount(StageList, { props: { stages: [stageOf(1, { state: "DONE", detail })] } }).text();
  const noticeOf = (status: Lineage["status"]) =>
    mount(FailedNotice, {
      props: { lineage: lineageOf({ status, refusals: [refusal("creator", false)] }), stages: undefined, busy: false },
      global: { stubs: { RouterLink: true } },
    });

  it("tells whether the API answered instead, or not all was read", () => {
    expect(words({ pipeline_source: "BIGQUERY", refusal: TOO_DEAR })).toContain(`Not all was read. ${TOO_DEAR}`);
    expect(words({ pipeline_source: "BIGQUERY_WITH_API_FALLBACK", refusal: TOO_DEAR })).toContain("Read by API instead of BigQuery.");
  });

  it("offers to try a failed stage again where that is possible, and shows what it saw", async () => {
    const failed = stageOf(2, { state: "FAILED", error: TOO_DEAR, detail: { status: 503, calls: 2 } });
    const list = mount(StageList, { props: { stages: [stageOf(1, { state: "DONE" }), failed], retries: true, request: "r-17" } });
    expect(list.findAll("button.button").map((button) => button.text())).toEqual(["Retry"]);
    await list.get("button.button").trigger("click");
    expect(list.emitted("retry")).toHaveLength(1);
    expect(list.text()).toContain("status503");
    expect(list.text()).toContain("calls2");
    expect(list.text()).toContain("r-17");
    await list.setProps({ retries: false });
    expect(list.find("button.button").exists()).toBe(false);
  });

  it("offers to try again, also where the rest of the account is mapped", async () => {
    expect(noticeOf("FAILED").text()).toContain("refused to read this account");
    const notice = noticeOf("COMPLETE");
    expect(notice.text()).toContain("refused to read all of this account");
    expect(notice.text()).toContain(`Creator: ${TOO_DEAR}`);
    await notice.get("button").trigger("click");
    expect(notice.emitted("retry")).toHaveLength(1);
  });
});
