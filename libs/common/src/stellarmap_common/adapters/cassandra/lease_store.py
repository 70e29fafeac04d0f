"""Leases: each is a row, changed by lightweight transactions on what was read before."""

from datetime import datetime, timedelta

from stellarmap_common.adapters.cassandra.moments import micros, moment_of
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement
from stellarmap_common.ports.lease_store import Lease

_STANDING = Statement("lease", "SELECT holder, term, until FROM lease WHERE name = ?")
_FIRST = Statement("lease begin", "INSERT INTO lease (holder, term, until, name) VALUES (?, ?, ?, ?) IF NOT EXISTS")
_SWAP = Statement(
    "lease swap",
    "UPDATE lease SET holder = ?, term = ?, until = ? WHERE name = ? IF holder = ? AND term = ? AND until = ?",
)
_RELEASE = Statement("lease release", "UPDATE lease SET holder = '', until = 0 WHERE name = ? IF holder = ?")


class CassandraLeaseStore:
    """Leases in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def take(self, name: str, holder: str, now: datetime, for_s: float) -> Lease | None:
        end = now + timedelta(seconds=for_s)
        rows = await self._session.rows(_STANDING, name, serial=True)
        if not rows:
            first = Lease(name=name, holder=holder, term=1, until=end)
            return first if await self._session.applied(_FIRST, holder, 1, micros(end), name) else None
        before, term, until = rows[0]
        if before != holder and until > micros(now):
            return None
        new_term = term + (before != holder)
        if not await self._session.applied(_SWAP, holder, new_term, micros(end), name, before, term, until):
            return None
        return Lease(name=name, holder=holder, term=new_term, until=end)

    async def standing(self, name: str) -> Lease | None:
        for holder, term, until in await self._session.rows(_STANDING, name, serial=True):
            return Lease(name=name, holder=holder, term=term, until=moment_of(until)) if holder else None
        return None

    async def release(self, name: str, holder: str) -> None:
        await self._session.applied(_RELEASE, name, holder)
