/** What the faults of the sandbox are called, what each does, and which belong together. */

import type { Fault, FaultKind, FaultSeen, FaultSource } from "@/api/faults";
import { counted } from "@/formats/amounts";

export interface KindWords {
  name: string;
  does: string;
}

export const KINDS: Record<FaultKind, KindWords> = {
  rate_limited: { name: "429 with Retry-After", does: "Too many requests, and it says how long to wait." },
  rate_limited_bare: { name: "429 without headers", does: "Too many requests, and nothing else is said." },
  server_error: { name: "Server error, 500", does: "An error inside the source." },
  unavailable: { name: "Unavailable, 503", does: "The source is away." },
  gateway_timeout: { name: "Gateway timeout, 504", does: "What stands before the source gave up on it." },
  timeout: { name: "No answer", does: "The connection is open, nothing comes." },
  slow_drip: { name: "Slow drip", does: "The answer comes a few bytes at a time." },
  reset: { name: "Reset in mid-body", does: "The connection is cut while the answer is sent." },
  truncated_json: { name: "Truncated JSON", does: "The answer ends too early, and looks complete." },
  wrong_json: { name: "HTML or wrong JSON", does: "HTML, or valid JSON of another shape, as drawn; the status is 200." },
  repeated_cursor: { name: "Repeated cursor", does: "The next page is the same page." },
  empty_page_next: { name: "Empty page with a next", does: "Nothing on the page, yet it says there is more." },
  history_cut: { name: "History cut", does: "What is older than a ledger is gone." },
  out_of_order: { name: "Out of order", does: "Records of a page in another order than asked for." },
  quota_exceeded: { name: "Quota exceeded, 403", does: "BigQuery begins no job: a quota of the project is used up." },
  access_denied: { name: "Access denied, 403", does: "BigQuery begins no job: the credentials may not run any." },
  slow_job: { name: "Slow job", does: "BigQuery's jobs run for long before they answer." },
  job_failed: { name: "Job failed", does: "BigQuery's jobs end without an answer, and cost nothing." },
  bytes_times: { name: "Larger queries", does: "BigQuery's estimates and bills are multiplied." },
};

/** What the seconds of a kind are; the others have none. */
export const SECONDS: Partial<Record<FaultKind, string>> = {
  rate_limited: "Retry-After",
  unavailable: "Retry-After",
  timeout: "takes",
  slow_drip: "takes",
  slow_job: "takes",
};
export const WITH_LEDGER: ReadonlySet<FaultKind> = new Set(["history_cut"]);
/** Stellar Expert has no pages of records and no history that could be cut. */
export const OF_HORIZON: ReadonlySet<FaultKind> = new Set(["repeated_cursor", "empty_page_next", "out_of_order", "history_cut"]);

/** BigQuery alone has jobs and bills, and it has no other kinds than these that are its own. */
export const OF_BIGQUERY: ReadonlySet<FaultKind> = new Set(["quota_exceeded", "access_denied", "slow_job", "job_failed", "bytes_times"]);
export const WITH_FACTOR: ReadonlySet<FaultKind> = new Set(["bytes_times"]);

/** About half of the simulated history. */
const HALF_LEDGER = 30_000_000;

export interface Preset {
  name: string;
  does: string;
  faults: Fault[];
}

const SOURCES: Record<FaultSource, string> = {
  horizon: "Horizon",
  expert: "Stellar Expert",
  both: "both sources",
  bigquery: "BigQuery",
};

/** A fault that strikes every request to Horizon until it is taken away, but for what is said otherwise. */
export function fault(kind: FaultKind, facts: Partial<Fault> = {}): Fault {
  return {
    kind,
    share: 1,
    times: null,
    after_s: 0,
    for_s: null,
    every_s: null,
    source: "horizon",
    path: "",
    seconds: null,
    ledger: null,
    ...facts,
  };
}

const LYING: FaultKind[] = ["truncated_json", "wrong_json", "repeated_cursor", "empty_page_next", "out_of_order"];
const HARD: FaultKind[] = ["rate_limited", "server_error", "unavailable", "gateway_timeout", "timeout", "slow_drip", "reset"];

export const PRESETS: Preset[] = [
  {
    name: "Storm of 429",
    does: "Half of all requests are too many, with and without headers.",
    faults: [fault("rate_limited", { share: 0.25, seconds: 2 }), fault("rate_limited_bare", { share: 0.25 })],
  },
  { name: "Horizon away", does: "Every request is answered 503.", faults: [fault("unavailable")] },
  { name: "Slow drip", does: "Every answer takes five seconds.", faults: [fault("slow_drip", { seconds: 5 })] },
  {
    name: "Lying pages",
    does: "One answer in five is broken, repeated, empty or out of order.",
    faults: LYING.map((kind) => fault(kind, { share: 0.04 })),
  },
  {
    name: "History cut",
    does: "What is older than ledger 30,000,000 is gone.",
    faults: [fault("history_cut", { ledger: HALF_LEDGER })],
  },
  {
    name: "BigQuery over quota",
    does: "No query begins: steps go by API where the mode allows it.",
    faults: [fault("quota_exceeded", { source: "bigquery" })],
  },
  {
    name: "Everything at once",
    does: "A little of each, at both sources.",
    faults: [...HARD, ...LYING].map((kind) => fault(kind, { share: 0.03, source: "both", seconds: SECONDS[kind] ? 3 : null })),
  },
];

/** What is sent to the server: what was asked for, without what it counted. */
export function asAsked({ hits: _hits, state: _state, ...asked }: FaultSeen): Fault {
  return asked;
}

/** When and how often, in a few words: `half of the requests · for 30 s`. */
export function termsOf(one: Fault): string {
  const parts = [one.share >= 1 ? "every request" : `${percentOf(one.share)} of requests`];
  if (one.source !== "horizon") parts.push(SOURCES[one.source]);
  if (one.path) parts.push(`path contains ${one.path}`);
  if (one.seconds !== null) parts.push(`${SECONDS[one.kind] ?? "takes"} ${one.seconds} s`);
  if (one.factor) parts.push(`${one.factor} times as much`);
  if (one.ledger !== null) parts.push(`before ledger ${one.ledger.toLocaleString("en-US")}`);
  if (one.times !== null) parts.push(`at most ${counted(one.times, "time", "times")}`);
  if (one.after_s > 0) parts.push(`after ${one.after_s} s`);
  if (one.for_s !== null) parts.push(`for ${one.for_s} s`);
  if (one.every_s !== null) parts.push(`again every ${one.every_s} s`);
  return parts.join(" · ");
}

/** `25 %`, `0.5 %` */
export function percentOf(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
