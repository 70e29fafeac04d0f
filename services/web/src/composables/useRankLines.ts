/** Ranks day by day of the accounts that are on the screen: read a batch at a time, once each. */

import { shallowRef, watch } from "vue";
import { rankLines } from "@/api/standings";
import type { RankLines } from "@/api/types";
import type { Ranks } from "@/standings/line";
import { useSettled } from "./useSettled";

const TOGETHER = 50;

export function useRankLines(network: string, wanted: () => readonly string[]) {
  const lines = shallowRef<ReadonlyMap<string, Ranks>>(new Map());
  /** Of whom no line can be had now, and why. */
  const error = shallowRef<Error | null>(null);
  let asked = new Set<string>();
  let day = "";
  const settled = useSettled(() => wanted().join(",")); // rows that fly past are not asked for

  watch(settled, readMissing, { immediate: true });

  function readMissing(): void {
    const missing = settled.value.split(",").filter((address) => address && !asked.has(address));
    for (let at = 0; at < missing.length; at += TOGETHER) void read(missing.slice(at, at + TOGETHER));
  }

  async function read(batch: readonly string[]): Promise<void> {
    for (const address of batch) asked.add(address);
    try {
      const answer = await rankLines(network, batch);
      if (dayOf(answer) !== day) begin(dayOf(answer), batch);
      lines.value = new Map([...lines.value, ...answer.lines.map(({ address, ranks }) => [address, ranks] as const)]);
      error.value = null;
    } catch (failure) {
      for (const address of batch) asked.delete(address);
      error.value = failure as Error;
    }
  }

  /** The days moved on: what was read is of others. */
  function begin(today: string, batch: readonly string[]): void {
    if (day) {
      asked = new Set(batch);
      lines.value = new Map();
    }
    day = today;
  }

  return { lines, error };
}

function dayOf({ days }: RankLines): string {
  return days.at(-1) ?? "";
}
