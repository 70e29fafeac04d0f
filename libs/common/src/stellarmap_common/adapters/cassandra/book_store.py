"""The books of queries: a month is one partition, and every change of it one conditional batch on its revision.

So a writer reads plainly: had it read anything that no longer holds, its write is refused, and it reads again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import msgspec

from stellarmap_common.adapters.cassandra.moments import micros
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement, Write
from stellarmap_common.adapters.cassandra.turns import Turns
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.ports.book_store import QueryJob, Spent, day_of, month_before, month_of

T = TypeVar("T")

TRIES = 50  # others may change the same month each time: of those who write at once, one is first
_OPEN, _SETTLED, _BEYOND = "open/", "settled/", "~"

_HEAD = Statement("book", "SELECT DISTINCT month, revision, spent_month FROM query_book WHERE month = ?")
_ENTRIES = Statement("book entries", "SELECT entry, spent, job FROM query_book WHERE month = ? AND entry IN ?")
_BETWEEN = Statement("book jobs", "SELECT job FROM query_book WHERE month = ? AND entry > ? AND entry < ?")
_NEWEST = Statement(
    "book jobs, newest",
    "SELECT job FROM query_book WHERE month = ? AND entry > ? AND entry < ? ORDER BY entry DESC LIMIT ?",
)
_FIRST = Statement("book begin", "INSERT INTO query_book (month, revision, spent_month) VALUES (?, ?, ?) IF NOT EXISTS")
_NEXT = Statement("book change", "UPDATE query_book SET revision = ?, spent_month = ? WHERE month = ? IF revision = ?")
_DAY = Statement("book day", "INSERT INTO query_book (month, entry, spent) VALUES (?, ?, ?)")
_JOB = Statement("book job", "INSERT INTO query_book (month, entry, job) VALUES (?, ?, ?)")
_DROP = Statement("book job gone", "DELETE FROM query_book WHERE month = ? AND entry = ?")

_job = msgspec.json.Decoder(QueryJob)


@dataclass(frozen=True, slots=True)
class _Page:
    """What is known of a month, one of its days, and a job."""

    revision: int | None
    spent: Spent
    job: QueryJob | None


class CassandraBookStore:
    """Books in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session
        self._turns = Turns()

    async def reserve(self, job: QueryJob, *, daily: int, monthly: int) -> Spent | None:
        async def change(page: _Page) -> tuple[Spent | None] | None:
            if page.job is not None:
                return (None,)
            if job.over(page.spent, daily=daily, monthly=monthly):
                return (page.spent,)
            booked = (_JOB, (month_of(job.reserved_at), _entry(_OPEN, job), _text(job)))
            return (None,) if await self._written(page, job, job.reserved, [booked]) else None

        (spent,) = await self._changed(job, change)
        return spent

    async def settle(self, job: QueryJob, billed: int, at: datetime, *, cached: bool = False) -> QueryJob | None:
        async def change(page: _Page) -> tuple[QueryJob | None] | None:
            if page.job is None or page.job.billed is not None:
                return (page.job,)
            month = month_of(job.reserved_at)
            now = replace(page.job, billed=billed, cached=cached, settled_at=at)
            moved: list[Write] = [
                (_DROP, (month, _entry(_OPEN, job))),
                (_JOB, (month, _entry(_SETTLED, job), _text(now))),
            ]
            return (now,) if await self._written(page, page.job, billed - page.job.reserved, moved) else None

        (settled,) = await self._changed(job, change)
        return settled

    async def open_jobs(self, at: datetime) -> tuple[QueryJob, ...]:
        found: list[QueryJob] = []
        for month in (month_before(at), month_of(at)):
            rows = await self._session.rows(_BETWEEN, month, _OPEN, f"{_OPEN}{_BEYOND}", serial=True)
            found += [_job.decode(text) for (text,) in rows]
        return tuple(found)

    async def jobs(self, at: datetime, limit: int) -> tuple[QueryJob, ...]:
        rows = await self._session.rows(_NEWEST, month_of(at), _SETTLED, f"{_SETTLED}{_BEYOND}", limit)
        return tuple(_job.decode(text) for (text,) in rows)

    async def spent(self, at: datetime) -> Spent:
        return (await self._page(at, None)).spent

    async def _changed(self, job: QueryJob, change: Callable[[_Page], Awaitable[tuple[T] | None]]) -> tuple[T]:
        """What `change` makes of the month, tried again while others are first. Raises: StoreUnavailable."""
        async with self._turns.at(month_of(job.reserved_at)):
            for _ in range(TRIES):
                done = await change(await self._page(job.reserved_at, job))
                if done is not None:
                    return done
        raise StoreUnavailable(f"Others changed the books {TRIES} times meanwhile. It is tried again.")

    async def _page(self, at: datetime, job: QueryJob | None) -> _Page:
        month, day = month_of(at), f"day/{day_of(at)}"
        heads = await self._session.rows(_HEAD, month)  # before the entries: they are at least as young as the revision
        _, revision, of_month = heads[0] if heads else (month, None, None)
        wanted = [day, *((_entry(_OPEN, job), _entry(_SETTLED, job)) if job else ())]
        entries = {entry: (spent, text) for entry, spent, text in await self._session.rows(_ENTRIES, month, wanted)}
        of_day, _ = entries.pop(day, (0, None))
        booked = next((_job.decode(text) for _, text in entries.values()), None)
        return _Page(revision, Spent(of_day or 0, of_month or 0), booked)

    async def _written(self, page: _Page, job: QueryJob, more: int, writes: list[Write]) -> bool:
        """True if the writes are done, and the sums hold so many bytes more; False if others were first."""
        month, day = month_of(job.reserved_at), f"day/{day_of(job.reserved_at)}"
        spent = page.spent
        if page.revision is None:
            head: Write = (_FIRST, (month, 1, spent.month + more))
        else:
            head = (_NEXT, (page.revision + 1, spent.month + more, month, page.revision))
        of_day: list[Write] = [] if job.confirmed else [(_DAY, (month, day, spent.day + more))]
        return await self._session.applied_batch([head, *of_day, *writes])


def _entry(kind: str, job: QueryJob) -> str:
    return f"{kind}{micros(job.reserved_at):020}/{job.job_id}"


def _text(job: QueryJob) -> str:
    return msgspec.json.encode(job).decode()
