"""Exact counts without counters: rows are counted by reading, and a count is kept for as long as nothing touches its rows.

Whoever writes rows also writes, in a row of its own, when. A count is kept only of rows that have been quiet for a while,
so that neither clocks a few seconds apart nor a write still under way can leave a wrong one behind.
"""

import time
from collections.abc import Awaitable, Callable, Iterable

from stellarmap_common.adapters.cassandra.access import REQUEST_TIMEOUT_S
from stellarmap_common.adapters.cassandra.session import CassandraSession, Row

# Longer than any write can be under way: whoever sends one waits so long for its answer, and may send it again.
QUIET_MICROS = int(3 * REQUEST_TIMEOUT_S * 1_000_000)


def now_micros() -> int:
    """The wall clock, in microseconds."""
    return time.time_ns() // 1_000


def kept_count(touched: int | None, counted: int | None, counted_for: int | None) -> int | None:
    """The count that is kept; None if the rows were touched since, or never counted."""
    return counted if touched is not None and counted_for == touched else None


def is_quiet(touched: int | None, since: int | None = None) -> bool:
    """True if a count made from now on, or from that moment on, may be kept."""
    began = now_micros() if since is None else since
    return touched is not None and touched < began - QUIET_MICROS


async def summed(
    session: CassandraSession,
    rows: Iterable[Row],
    kept: Callable[[Row], int | None],
    count: Callable[[Row], Awaitable[int]],
) -> int:
    """The sum of the counts that are kept, and of those that `count` makes where none is: each may read a whole partition."""
    total = 0
    uncounted: list[Row] = []
    for row in rows:
        known = kept(row)
        if known is None:
            uncounted.append(row)
        else:
            total += known

    async def add(row: Row) -> None:
        nonlocal total
        found = await count(row)
        total += found

    await session.each(uncounted, add)
    return total
