/** What BigQuery did not answer of an account, in words. */

import type { Lineage, Refusal, Stage } from "@/api/types";

type Told = Pick<Lineage, "pipeline_source" | "refusals">;

const STEPS: Record<Refusal["step"], string> = { creator: "Creator", children: "Children" };

/** Whether the API answered what BigQuery was to. */
export function isReadByApi({ pipeline_source, refusals }: Told): boolean {
  return pipeline_source === "BIGQUERY_WITH_API_FALLBACK" || refusals.some(({ read_by_api }) => read_by_api);
}

/** Refusals that nothing else may answer: the mapping ends with them until somebody decides. */
export function finalRefusals({ refusals }: Pick<Lineage, "refusals">): Refusal[] {
  return refusals.filter(({ read_by_api }) => !read_by_api);
}

/** Whether the cost guard is why a stage failed: that is an answer, not a defect. */
export function isRefused({ state, error, detail }: Stage): boolean {
  return state === "FAILED" && error !== null && detail["refusal"] === error;
}

/** Each reason once, with the steps it is about: `Creator and children`. */
export function reasonsOf(refusals: readonly Refusal[]): { reason: string; steps: string }[] {
  const byReason = new Map<string, string[]>();
  for (const { reason, step } of refusals) byReason.set(reason, [...(byReason.get(reason) ?? []), STEPS[step]]);
  return [...byReason].map(([reason, [first, ...others]]) => ({ reason, steps: [first!, ...others.map((step) => step.toLowerCase())].join(" and ") }));
}
