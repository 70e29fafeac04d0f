/** Times: relative under seven days, then the date; always UTC, with the exact moment for the tooltip. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365.25 * DAY;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `3 min ago` under seven days, else `2018-11-05`. */
export function formatTime(iso: string, now: number): string {
  const age = now - Date.parse(iso);
  return age < 7 * DAY ? formatAge(iso, now) : isoDate(iso);
}

/** How long ago, in the largest unit that fits: `12 s ago`, `8 y ago`. */
export function formatAge(iso: string, now: number): string {
  const age = now - Date.parse(iso);
  return age < SECOND ? "just now" : `${formatDuration(age)} ago`;
}

/** `850 ms`, `12 s`, `3 min`, `5 h`, `2 d`, `8 y`. */
export function formatDuration(milliseconds: number): string {
  const units: [number, string][] = [
    [YEAR, "y"],
    [DAY, "d"],
    [HOUR, "h"],
    [MINUTE, "min"],
    [SECOND, "s"],
  ];
  const unit = units.find(([size]) => milliseconds >= size);
  return unit ? `${Math.floor(milliseconds / unit[0])} ${unit[1]}` : `${Math.round(milliseconds)} ms`;
}

/** `2018-11-05` */
export function isoDate(iso: string): string {
  return new Date(iso).toISOString().slice(0, 10);
}

/** `Nov 5, 2018` */
export function longDate(iso: string): string {
  const date = new Date(iso);
  return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
}

/** `Nov 5` */
export function monthDay(iso: string): string {
  const date = new Date(iso);
  return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}`;
}

/** The exact moment, for tooltips and `<time datetime>`. */
export function isoMoment(iso: string): string {
  return new Date(iso).toISOString().replace(".000Z", "Z");
}

/** `2018-11` → `Nov 2018` */
export function longMonth(month: string): string {
  const [year, number] = month.split("-");
  return `${MONTHS[Number(number) - 1]} ${year}`;
}

/** How many months after `first` comes `month`; negative if it comes before. */
export function monthsBetween(first: string, month: string): number {
  const [firstYear, firstNumber] = first.split("-").map(Number);
  const [year, number] = month.split("-").map(Number);
  return (year! - firstYear!) * 12 + number! - firstNumber!;
}

/** The month `count` months after `month` (`2018-11`). */
export function monthAfter(month: string, count: number): string {
  const [year, number] = month.split("-").map(Number);
  const index = year! * 12 + number! - 1 + count;
  return `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, "0")}`;
}
