"""The dead-letter and replay topics of the log in SQLite, in the process that owns it or beside it."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from stellarmap_common.adapters.kafka.lines import Partition
from stellarmap_common.adapters.kafka.log_dead_letters import LogDeadLetters
from stellarmap_common.adapters.kafka.log_view import SeenRecord
from stellarmap_common.adapters.sqlite.log_reader import LogSnapshot, StoredRecord, open_log_snapshot


class SnapshotLetters:
    """A LetterLog of a log; of none, if nobody has made one yet."""

    def __init__(self, log: LogSnapshot | None) -> None:
        self._log = log
        self._ids: dict[Partition, int] = {}

    async def partitions(self) -> Collection[Partition]:
        """Every partition of the log."""
        self._ids = {} if self._log is None else self._log.partitions()
        return self._ids.keys()

    async def newest(self, place: Partition, limit: int, before: tuple[int, int] | None) -> Sequence[SeenRecord]:
        """The youngest `limit` records of a partition, newest first, before that time (ms) and offset."""
        bound = () if before is None else (before,)
        return [] if self._log is None else _seen(self._log.newest(self._ids[place], limit, *bound))

    async def since(self, place: Partition, offset: int, limit: int) -> Sequence[SeenRecord]:
        """At most `limit` records from `offset` on, in order."""
        return [] if self._log is None else _seen(self._log.since(self._ids[place], offset, limit))

    async def record(self, place: Partition, offset: int) -> SeenRecord | None:
        """That record, or None if it is gone or never was."""
        found = None if self._log is None else self._log.record(self._ids[place], offset)
        return None if found is None else SeenRecord(*found)


@asynccontextmanager
async def open_log_reader(path: Path) -> AsyncIterator[LogDeadLetters]:
    """The dead letters of the log at `path`, whether or not a process runs on it. Raises: LogUnavailable."""
    async with open_log_snapshot(path) as snapshot:
        yield LogDeadLetters(SnapshotLetters(snapshot))


def _seen(records: Sequence[StoredRecord]) -> list[SeenRecord]:
    return [SeenRecord(*record) for record in records]
