/** Lives and lineages to test with: everything a test does not name is plain. */

import type { Life, Lineage, Stage } from "@/api/types";

const ACCOUNT = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7";

/** An operation id in that ledger. */
export function operation(ledger: number, within = 4097): string {
  return ((BigInt(ledger) << 32n) | BigInt(within)).toString();
}

export function lifeOf(address: string, creator: string | null, ledger: number, facts: Partial<Life> = {}): Life {
  return {
    address,
    created_op: operation(ledger),
    creator,
    creator_created_op: null,
    kind: creator === null ? "genesis" : "create_account",
    exact: true,
    ledger,
    created_at: "2018-11-05T03:04:05Z",
    transaction_hash: null,
    transaction_source: creator,
    sponsor: null,
    starting_balance_stroops: "10000000",
    ended_op: null,
    ended_at: null,
    merged_into: null,
    source: "horizon",
    ...facts,
  };
}

export function lineageOf(facts: Partial<Lineage> = {}): Lineage {
  return {
    network: "sandbox",
    network_key: "sandbox-1",
    as_of: "2026-11-24T12:00:00Z",
    epoch: null,
    current: true,
    reset_at: null,
    address: ACCOUNT,
    status: "PROCESSING",
    request_id: "r1",
    pipeline_source: "API",
    refusals: [],
    lineage: "pending",
    complete: false,
    pending_address: ACCOUNT,
    creator_unknown_reason: null,
    incarnation: null,
    incarnations: [],
    ancestors: [],
    children: {
      total: 0,
      complete: false,
      asked: true,
      pages_read: 0,
      since_ledger: null,
      notable: [],
      notable_total: 0,
      notable_truncated: false,
      groups: [],
      histogram: { first: null, counts: [], undated: 0 },
    },
    ...facts,
  };
}

export function stageOf(stage: number, facts: Partial<Stage> = {}): Stage {
  return {
    stage,
    name: `stage ${stage}`,
    state: "PENDING",
    reason: null,
    attempt: 0,
    at: null,
    duration_ms: null,
    error: null,
    detail: {},
    ...facts,
  };
}
