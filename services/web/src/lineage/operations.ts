/** Order in time: operation ids (SEP-35) exceed 2^53, and of some creations only the ledger is known. */

import type { Life } from "@/api/types";

/** Whether `life` began before `other`; where either is known by its ledger alone, before or in the same ledger. */
export function isBefore(life: Life, other: Life): boolean {
  if (life.created_op === null || other.created_op === null) return true;
  const [first, second] = [BigInt(life.created_op), BigInt(other.created_op)];
  return life.exact && other.exact ? first < second : first >> 32n <= second >> 32n;
}
