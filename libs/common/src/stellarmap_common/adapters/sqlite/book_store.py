"""The books of queries. One process writes a file, so its one writer is what makes a reservation conditional."""

import sqlite3
from dataclasses import replace
from datetime import datetime

import msgspec

from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import Row, micros
from stellarmap_common.ports.book_store import QueryJob, Spent, day_of, month_before, month_of

_BOOKED = "SELECT settled, job FROM query_job WHERE job_id = ?"
_SPENT = "SELECT sum(CASE WHEN day = ? THEN counted ELSE 0 END), sum(counted) FROM query_job WHERE month = ?"
_RESERVE = """
    INSERT INTO query_job (job_id, month, day, reserved_at, counted, settled, job) VALUES (?, ?, ?, ?, ?, 0, ?)
"""
_SETTLE = "UPDATE query_job SET counted = ?, settled = 1, job = ? WHERE job_id = ?"
_OPEN = "SELECT job FROM query_job WHERE month IN (?, ?) AND settled = 0 ORDER BY reserved_at, job_id"
_SETTLED = "SELECT job FROM query_job WHERE month = ? AND settled = 1 ORDER BY reserved_at DESC, job_id DESC LIMIT ?"

NO_DAY = ""

_job = msgspec.json.Decoder(QueryJob)


class SqliteBookStore:
    """Books in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(self, job: QueryJob, *, daily: int, monthly: int) -> Spent | None:
        def work(connection: sqlite3.Connection) -> Spent | None:
            if connection.execute(_BOOKED, (job.job_id,)).fetchone():
                return None
            day, month = day_of(job.reserved_at), month_of(job.reserved_at)
            spent = _spent(connection.execute(_SPENT, (day, month)).fetchone())
            if job.over(spent, daily=daily, monthly=monthly):
                return spent
            counts_in = NO_DAY if job.confirmed else day
            values = (job.job_id, month, counts_in, micros(job.reserved_at), job.reserved, _text(job))
            connection.execute(_RESERVE, values)
            return None

        return await self._database.write(work)

    async def settle(self, job: QueryJob, billed: int, at: datetime, *, cached: bool = False) -> QueryJob | None:
        def work(connection: sqlite3.Connection) -> QueryJob | None:
            booked = connection.execute(_BOOKED, (job.job_id,)).fetchone()
            if booked is None:
                return None
            settled, text = booked
            known = _job.decode(text)
            if settled:
                return known
            now = replace(known, billed=billed, cached=cached, settled_at=at)
            connection.execute(_SETTLE, (now.counted, _text(now), job.job_id))
            return now

        return await self._database.write(work)

    async def open_jobs(self, at: datetime) -> tuple[QueryJob, ...]:
        rows = await self._database.rows(_OPEN, month_of(at), month_before(at))
        return tuple(_job.decode(text) for (text,) in rows)

    async def jobs(self, at: datetime, limit: int) -> tuple[QueryJob, ...]:
        rows = await self._database.rows(_SETTLED, month_of(at), limit)
        return tuple(_job.decode(text) for (text,) in rows)

    async def spent(self, at: datetime) -> Spent:
        (row,) = await self._database.rows(_SPENT, day_of(at), month_of(at))
        return _spent(row)


def _spent(row: Row) -> Spent:
    """The sums, which are NULL where there is nothing to add."""
    day, month = row
    return Spent(day or 0, month or 0)


def _text(job: QueryJob) -> str:
    return msgspec.json.encode(job).decode()
