/** Changes in percent: always with their sign, one decimal, however small; what is many times as much is told as that. */

const MINUS = "−";
const TIMES_FROM = 1_000;
const DECIMAL = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const TIMES = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** `+12.5 %`, `−3.2 %`, `0 %`, `×38.8`; what rounds to nothing keeps its sign: `+0.0 %`. */
export function formatPercent(percent: number): string {
  if (percent === 0) return "0 %";
  if (percent >= TIMES_FROM) return `×${TIMES.format(1 + percent / 100)}`;
  return `${percent < 0 ? MINUS : "+"}${DECIMAL.format(Math.abs(percent))} %`;
}
