/** Starting balances in classes: their order is what a colour can show, their sum is not. */

const XLM = 10_000_000n;

/** Class 0: not read, or not known. */
export const UNKNOWN_BALANCE = 0;
/** From class 1 on; each class ends before the amount of the next. */
const FROM: readonly bigint[] = [0n, 1n, 2n * XLM, 10n * XLM, 100n * XLM, 10_000n * XLM];
export const BALANCE_CLASSES = ["unknown", "0", "under 2", "2 – 10", "10 – 100", "100 – 10 K", "10 K and more"] as const;

export function balanceClass(stroops: string | null): number {
  if (stroops === null) return UNKNOWN_BALANCE;
  const amount = BigInt(stroops);
  let found = UNKNOWN_BALANCE;
  for (const [at, least] of FROM.entries()) if (amount >= least) found = at + 1;
  return found;
}
