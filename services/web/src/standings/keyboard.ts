/** From account to account by keys. */

const PAGE = 10;

/** The row that a key leads to; null for a key that leads nowhere. */
export function rowAfter(key: string, at: number, count: number): number | null {
  const wanted: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + PAGE,
    PageUp: at - PAGE,
    Home: 0,
    End: count - 1,
  };
  const row = wanted[key];
  return row === undefined ? null : Math.min(Math.max(row, 0), count - 1);
}
