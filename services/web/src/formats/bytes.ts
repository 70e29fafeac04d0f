/** Bytes in units of 1,024, and US dollars. */

const STEP = 1_024;
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];
const DOLLAR = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });

/** `0 B`, `10 MiB`, `17.3 GiB`, `1,000 GiB`: in `unit`, or the largest that fits. */
export function formatBytes(bytes: number, unit = unitOf(bytes)): string {
  return `${bytesIn(bytes, unit)} ${unit}`;
}

/** The number of `17.3 GiB`: three figures are enough to tell by. */
export function bytesIn(bytes: number, unit: string): string {
  const value = bytes / STEP ** UNITS.indexOf(unit);
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
}

/** The largest unit of which there is one. */
export function unitOf(bytes: number): string {
  const fits = UNITS.findLastIndex((_, power) => bytes >= STEP ** power);
  return UNITS[Math.max(fits, 0)]!;
}

/** `$2.52`, `$0`; below ten cents two figures, `$0.012`, so that small ones add up; never `$0.00` for what costs something. */
export function formatUsd(usd: number): string {
  if (usd === 0) return "$0";
  if (usd >= 0.0995) return DOLLAR.format(usd);
  return usd < 0.0001 ? "< $0.0001" : `$${Number(usd.toPrecision(2))}`;
}
