/** The board as it is read, against the board as it is now. */

import type { StandingRow, Standings, TopMovers } from "@/api/types";

type Asked = Pick<Standings, "threshold_xlm" | "period" | "network_key">;

/** Whether both answer the same question. */
export function sameQuestion(one: Asked, other: Asked): boolean {
  return one.threshold_xlm === other.threshold_xlm && one.period === other.period && one.network_key === other.network_key;
}

/** Whether both are ranked by the same thresholds, to the same rank. */
export function sameThresholds(one: Standings, other: Standings): boolean {
  const names = ({ figures, board_size: size }: Standings) => [...figures.map(({ threshold_xlm: xlm }) => xlm), size].join();
  return names(one) === names(other);
}

/** The accounts whose rank or balance is another now, with those that came; and how many left. */
export function changesBetween(before: readonly StandingRow[], after: readonly StandingRow[]): { moved: Set<string>; left: number } {
  const known = new Map(before.map((row) => [row.address, row]));
  const moved = new Set<string>();
  for (const row of after) {
    const was = known.get(row.address);
    if (!was || was.rank !== row.rank || was.balance_stroops !== row.balance_stroops) moved.add(row.address);
    known.delete(row.address);
  }
  return { moved, left: known.size };
}

const LISTS = ["climbers", "fallers", "gainers", "losers", "entered", "exited"] as const;

/** How many lists of movers name others now, or in another order. */
export function listsBetween(before: TopMovers, after: TopMovers): number {
  const names = (movers: TopMovers, list: (typeof LISTS)[number]) => movers[list].map(({ address }) => address).join();
  return LISTS.filter((list) => names(before, list) !== names(after, list)).length;
}
