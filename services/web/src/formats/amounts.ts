/** Amounts: integer stroops as text (they exceed 2^53) become XLM with commas; never through a float. */

const STROOPS_PER_XLM = 10_000_000n;
const DECIMALS = 7;
const UNITS: readonly [bigint, string][] = [
  [1_000_000_000n, "B"],
  [1_000_000n, "M"],
  [1_000n, "K"],
];
const SHORTENED_FROM = 10_000n;

export interface Amount {
  whole: string;
  /** With its point, without trailing zeros; empty for whole amounts. It is shown dimmed. */
  fraction: string;
}

/** `25000000` → `2` and `.5`. */
export function amountOf(stroops: string): Amount {
  const value = BigInt(stroops);
  const size = value < 0n ? -value : value;
  const rest = (size % STROOPS_PER_XLM).toString().padStart(DECIMALS, "0").replace(/0+$/, "");
  return { whole: (value < 0n ? "−" : "") + grouped(size / STROOPS_PER_XLM), fraction: rest && `.${rest}` };
}

/** The whole amount as one text. */
export function formatAmount(stroops: string): string {
  const { whole, fraction } = amountOf(stroops);
  return whole + fraction;
}

/** Short where there is no room: `4.2 B`, `10 K`, rounded to the nearest tenth; small ones with cents: `5,960.46`. */
export function shortAmount(stroops: string): string {
  const value = BigInt(stroops);
  const size = value < 0n ? -value : value;
  if (size < SHORTENED_FROM * STROOPS_PER_XLM) return size >= STROOPS_PER_XLM ? atMostCents(stroops) : formatAmount(stroops);
  const tenthsOf = (unit: bigint) => (size * 10n + (unit * STROOPS_PER_XLM) / 2n) / (unit * STROOPS_PER_XLM);
  const unit = UNITS.find(([each]) => tenthsOf(each / 1_000n) >= 10_000n)!; // of 999,950 the thousands would be 1,000.0
  const tenths = tenthsOf(unit[0]);
  const digits = tenths % 10n ? `${tenths / 10n}.${tenths % 10n}` : `${tenths / 10n}`;
  return `${value < 0n ? "−" : ""}${digits} ${unit[1]}`;
}

/** A round amount of whole XLM, as thresholds are: `10 K`, `1 M`. */
export function shortXlm(xlm: number): string {
  return shortAmount((BigInt(xlm) * STROOPS_PER_XLM).toString());
}

/** A count with commas. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** `1 child`, `2,000 children`. */
export function counted(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

function atMostCents(stroops: string): string {
  const { whole, fraction } = amountOf(stroops);
  const cents = fraction.slice(0, 3).replace(/\.?0*$/, "");
  return whole + cents;
}

function grouped(value: bigint): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}
