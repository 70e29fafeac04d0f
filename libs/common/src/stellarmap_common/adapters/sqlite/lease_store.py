"""Leases. One writer is what makes taking one conditional, also where two processes share the file."""

import sqlite3
from datetime import datetime, timedelta

from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import micros, moment_of
from stellarmap_common.ports.lease_store import Lease

_STANDING = "SELECT holder, term, until FROM lease WHERE name = ?"
_PUT = "INSERT OR REPLACE INTO lease (name, holder, term, until) VALUES (?, ?, ?, ?)"
_RELEASE = "UPDATE lease SET holder = '', until = 0 WHERE name = ? AND holder = ?"


class SqliteLeaseStore:
    """Leases in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, name: str, holder: str, now: datetime, for_s: float) -> Lease | None:
        def work(connection: sqlite3.Connection) -> Lease | None:
            before, term, until = connection.execute(_STANDING, (name,)).fetchone() or ("", 0, 0)
            if before != holder and until > micros(now):
                return None
            new_term, end = term + (before != holder), now + timedelta(seconds=for_s)
            connection.execute(_PUT, (name, holder, new_term, micros(end)))
            return Lease(name=name, holder=holder, term=new_term, until=end)

        return await self._database.write(work)

    async def standing(self, name: str) -> Lease | None:
        for holder, term, until in await self._database.rows(_STANDING, name):
            return Lease(name=name, holder=holder, term=term, until=moment_of(until)) if holder else None
        return None

    async def release(self, name: str, holder: str) -> None:
        await self._database.write(lambda connection: connection.execute(_RELEASE, (name, holder)))
