"""Whether the store can be written, and when what was written is durable."""

from time import time_ns

from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement

_WRITE = Statement("written probe", "INSERT INTO written_probe (name, written_at) VALUES (?, ?)")


class CassandraHealthStore:
    """Health in Cassandra."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def writable(self) -> None:
        await self._session.execute(_WRITE, "health", time_ns() // 1_000)

    async def settled(self) -> None:
        """Every write was durable, on as many nodes as are asked, before it was answered."""
