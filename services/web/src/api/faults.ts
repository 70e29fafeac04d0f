/** The faults of the sandbox network: read and set as a whole, at the sandbox's own address. */

import { asked } from "./direct";

export const FAULT_KINDS = [
  "rate_limited",
  "rate_limited_bare",
  "server_error",
  "unavailable",
  "gateway_timeout",
  "timeout",
  "slow_drip",
  "reset",
  "truncated_json",
  "wrong_json",
  "repeated_cursor",
  "empty_page_next",
  "history_cut",
  "out_of_order",
  "quota_exceeded",
  "access_denied",
  "slow_job",
  "job_failed",
  "bytes_times",
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];
export type FaultSource = "horizon" | "expert" | "both" | "bigquery";

/** What goes wrong, how often, and when. */
export interface Fault {
  kind: FaultKind;
  /** Of the requests it fits, 0 to 1. */
  share: number;
  /** At most so often; null: without end. */
  times: number | null;
  after_s: number;
  /** How long it is on; null: until it is taken away. */
  for_s: number | null;
  /** Begins again so often after its beginning; null: once. */
  every_s: number | null;
  source: FaultSource;
  /** Only requests whose path contains this. */
  path: string;
  /** How long an answer takes, of the kinds that take long; `Retry-After`, of those that say it. */
  seconds: number | null;
  /** Where the history begins, of a cut one. */
  ledger: number | null;
  /** By how much BigQuery's estimates and bills are multiplied; omitted by other kinds. */
  factor?: number | null;
}

export interface FaultSeen extends Fault {
  /** Requests it struck since it was switched on. */
  hits: number;
  state: string;
}

export interface Faults<F = FaultSeen> {
  seed: number;
  faults: F[];
}

const PATH = "/sandbox/faults";

/** What is switched on; null if the sandbox is not served here. Throws ApiProblem. */
export function faultsNow(token: string, signal: AbortSignal | null = null): Promise<Faults | null> {
  return asked<Faults>(PATH, { token, signal });
}

/** Afterwards exactly these are on. Throws ApiProblem. */
export function setFaults(token: string, body: Faults<Fault>): Promise<Faults | null> {
  return asked<Faults>(PATH, { method: "PUT", token, body });
}
