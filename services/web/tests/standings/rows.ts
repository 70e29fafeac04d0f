/** Rows and boards to test with: everything a test does not name is plain. */

import type { StandingRow, Standings } from "@/api/types";

const XLM = 10_000_000n;

/** An account of that name; no address of a real one. */
export function addressOf(name: number): string {
  return `G${name.toString().padStart(55, "A")}`;
}

export function rowOf(rank: number, facts: Partial<StandingRow> = {}): StandingRow {
  return {
    rank,
    address: addressOf(rank),
    name: null,
    tags: ["HVA"],
    home_domain: null,
    balance_stroops: (BigInt(10_000_000 - rank) * XLM).toString(),
    new: false,
    discovered: false,
    rank_before: rank,
    rank_change: 0,
    balance_before_stroops: (BigInt(10_000_000 - rank) * XLM).toString(),
    balance_change_pct: 0,
    creator: null,
    updated_at: "2026-11-29T12:00:00Z",
    ...facts,
  };
}

export function boardOf(rows: StandingRow[], facts: Partial<Standings> = {}): Standings {
  return {
    network: "sandbox",
    network_key: "sandbox-1",
    as_of: "2026-11-29T12:00:00Z",
    epoch: null,
    current: true,
    reset_at: null,
    threshold_xlm: 100_000,
    default_threshold_xlm: 100_000,
    period: "24h",
    coverage: { of: "mapped", ledger: null, accounts: rows.length, rebuilding: false },
    board_as_of: rows.length > 0 ? "2026-11-29T12:00:00Z" : null,
    figures: [10_000, 100_000].map((threshold_xlm) => ({ threshold_xlm, accounts: rows.length, total_stroops: "0" })),
    accounts: rows.length,
    total_stroops: "0",
    board_size: 1_000,
    storage: null,
    rows,
    next_cursor: null,
    ...facts,
  };
}
