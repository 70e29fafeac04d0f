"""Reading changes newest first, in portions and never without a bound."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace

from stellarmap_common.domain.standing import StandingChange
from stellarmap_common.ports.standing_store import ChangeQuery

TOGETHER = 1_000

Read = Callable[[ChangeQuery], Awaitable[Sequence[StandingChange]]]


async def scan_changes(read: Read, query: ChangeQuery, most: int) -> AsyncIterator[Sequence[StandingChange]]:
    """At most so many of the changes, in portions, newest first."""
    before, left = query.before, most
    while left:
        asked = min(TOGETHER, left)
        changes = await read(replace(query, before=before, limit=asked))
        if changes:
            yield changes
        if len(changes) < asked:
            return
        before = changes[-1].at, changes[-1].id
        left -= asked
