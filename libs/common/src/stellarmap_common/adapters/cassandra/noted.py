"""Rows that only say that a partition has something, so that readers look into it: written before anything is in it."""

from collections.abc import Iterable, Sequence
from typing import Any

from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement

REMEMBERED = 1_000


class Noted:
    """Writes each once a process, as far as it remembers: to write one again changes nothing."""

    def __init__(self, session: CassandraSession, statement: Statement) -> None:
        self._session = session
        self._statement = statement
        self._written: dict[Sequence[Any], None] = {}

    async def note(self, partitions: Iterable[Sequence[Any]]) -> None:
        """Afterwards readers look into these."""
        new = [partition for partition in dict.fromkeys(partitions) if partition not in self._written]
        await self._session.gather((self._statement, partition) for partition in new)
        self._written |= dict.fromkeys(new)
        while len(self._written) > REMEMBERED:
            del self._written[next(iter(self._written))]
