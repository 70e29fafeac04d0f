/** Changes in percent: always with their sign, one decimal, however small. */

const MINUS = "−";

/** `+12.5 %`, `−3.2 %`, `0 %`; what rounds to nothing keeps its sign: `+0.0 %`. */
export function formatPercent(percent: number): string {
  if (percent === 0) return "0 %";
  const size = Math.abs(percent).toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return `${percent < 0 ? MINUS : "+"}${size} %`;
}
