"""A durable partitioned log in one SQLite file: topics, partitions, records in order, and how far each group has read.

All of it is used from one event loop; a thread of its own writes. What a reader sees is on disk already.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from stellarmap_common.adapters.sqlite.connection import write_something
from stellarmap_common.adapters.sqlite.log_file import LogUnavailable, connect_reader, connect_writer, sole_owner
from stellarmap_common.adapters.sqlite.log_reader import (
    LogSnapshot,
    Partition,
    StoredRecord,
    pack_headers,
    read_offset_at,
    read_records,
)
from stellarmap_common.adapters.sqlite.log_removal import CHUNK, Removal, remove_old, remove_superseded
from stellarmap_common.adapters.sqlite.log_topics import (
    LogTopic,
    PartitionState,
    create_topics,
    read_offsets,
    read_partitions,
    read_topics,
)
from stellarmap_common.adapters.sqlite.log_writer import Append, Change, Commit, LogWriter, Write

R = TypeVar("R")
Touched = Callable[[set[Partition]], None]

DIRTY = 1_000  # records a compacted partition gains before it is worth reading it through again


class NewRecord(NamedTuple):
    """A record to append."""

    partition: Partition
    at_ms: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class SqliteLog:
    """The log, owned by this process. Opened by `open_log`."""

    def __init__(self, writer: sqlite3.Connection, reader: sqlite3.Connection) -> None:
        self._loop = asyncio.get_running_loop()
        self._reader = reader
        self._topics = {topic.name: topic for topic in read_topics(writer)}
        self._partitions = {(state.topic, state.number): state for state in read_partitions(writer)}
        ids = {state.id: name for name, state in self._partitions.items()}
        self._committed = {(group, ids[number]): offset for group, number, offset in read_offsets(writer)}
        self._watchers: list[Touched] = []
        self._outbox: list[Write] = []
        self._next = {state.id: state.end for state in self._partitions.values()}  # the writer's own
        self._writer = LogWriter(writer, self._next, self._report)

    @property
    def topics(self) -> Mapping[str, LogTopic]:
        """Every topic by name."""
        return self._topics

    def partitions_of(self, topic: str) -> tuple[Partition, ...]:
        """The partitions of a topic in order; none if there is no such topic."""
        known = self._topics.get(topic)
        return tuple((topic, number) for number in range(known.partitions)) if known else ()

    async def create_topics(self, topics: Sequence[LogTopic]) -> tuple[str, ...]:
        """Afterwards each topic exists; existing ones stay as they are. Names of the new. Raises: LogUnavailable."""
        created: tuple[LogTopic, ...] = await self._change(partial(create_topics, topics=topics), self._learn)
        return tuple(topic.name for topic in created)

    def append(self, records: Iterable[NewRecord], confirm: Callable[[Sequence[int]], R]) -> "asyncio.Future[R]":
        """A future of `confirm(offsets)`, done when the records are on disk and readable. It fails with LogUnavailable.

        Records of a partition get their offsets in the order of the calls, and in theirs.
        """
        future: asyncio.Future[R] = self._loop.create_future()
        rows = [
            (self._partitions[partition], at_ms, key, value, pack_headers(headers))
            for partition, at_ms, key, value, headers in records
        ]
        self._submit(Append(rows, future, confirm))
        return future

    def fetch(self, partition: Partition, offset: int, limit: int) -> list[StoredRecord]:
        """At most `limit` records from `offset` on, in order. Raises: LogUnavailable."""
        return read_records(self._reader, self._partitions[partition].id, offset, limit)

    def snapshot(self) -> LogSnapshot:
        """The log as those see it who only read."""
        return LogSnapshot(self._reader)

    def first(self, partition: Partition) -> int:
        """Offset of the oldest record, or of the next one if none is left."""
        return self._partitions[partition].first

    def end(self, partition: Partition) -> int:
        """Offset the next record will have."""
        return self._partitions[partition].end

    def offset_at(self, partition: Partition, at_ms: int) -> int | None:
        """Offset of the first record as young as `at_ms`; None if all are older. Raises: LogUnavailable."""
        return read_offset_at(self._reader, self._partitions[partition].id, at_ms)

    def commit(self, group: str, offsets: Iterable[tuple[Partition, int]]) -> "asyncio.Future[None]":
        """A future that is done when the group's next offsets are on disk. It fails with LogUnavailable."""
        future: asyncio.Future[None] = self._loop.create_future()
        known = {(group, partition): offset for partition, offset in offsets}
        rows = [(self._partitions[partition].id, offset) for (_, partition), offset in known.items()]
        self._submit(Commit(group, rows, future, partial(self._committed.update, known)))
        return future

    def committed(self, group: str, partition: Partition) -> int | None:
        """Next offset of the group; None if it never committed."""
        return self._committed.get((group, partition))

    def lag(self, group: str, partition: Partition) -> int:
        """How many records the group has not committed. Removed ones do not count."""
        state = self._partitions[partition]
        return state.end - max(self._committed.get((group, partition), 0), state.first)

    def watch(self, touched: Touched) -> None:
        """Afterwards `touched` is called with the partitions that gained records, after each transaction."""
        self._watchers.append(touched)

    def unwatch(self, touched: Touched) -> None:
        """Afterwards `touched` is called no more."""
        self._watchers.remove(touched)

    async def sweep(self, now_ms: int, *, dirty: int = DIRTY) -> int:
        """Removes what retention and compaction let go. How many records. Raises: LogUnavailable."""
        removed = 0
        for state in list(self._partitions.values()):
            retention_ms = self._topics[state.topic].retention_ms
            if retention_ms is not None:
                removed += await self._remove_old(state, now_ms - retention_ms)
            elif state.end - state.compacted_to >= max(dirty, state.keys // 2):
                removed += await self._compact(state)
        return removed

    async def writable(self) -> None:
        """Returns once something was written, and is on disk; nobody reads it. Raises: LogUnavailable."""
        await self._change(write_something, _nothing)

    async def close(self) -> None:
        """Afterwards everything appended is on disk and nothing is open."""
        self._flush()
        await asyncio.to_thread(self._writer.stop)
        await asyncio.sleep(0)  # what the writer reported last is told before we go
        self._reader.close()

    async def _remove_old(self, state: PartitionState, before_ms: int) -> int:
        removed = 0
        while state.first < state.end:
            apply = partial(remove_old, partition_id=state.id, first=state.first, end=state.end, before_ms=before_ms)
            removal: Removal = await self._change(apply, _nothing)
            state.first = removal.first
            removed += removal.removed
            if removal.removed < CHUNK:
                break
        return removed

    async def _compact(self, state: PartitionState) -> int:
        end = state.end
        compaction = await self._change(partial(remove_superseded, partition_id=state.id, end=end), _nothing)
        state.compacted_to, state.keys = end, compaction.keys
        return compaction.removed

    async def _change(self, apply: Callable[[sqlite3.Connection], R], done: Callable[[R], None]) -> R:
        future: asyncio.Future[R] = self._loop.create_future()
        self._submit(Change(apply, future, done))
        return await future

    def _submit(self, write: Write) -> None:
        # One hand-over for all writes of this turn of the loop: they share a transaction, and waking the thread is dear.
        if not self._outbox:
            self._loop.call_soon(self._flush)
        self._outbox.append(write)

    def _flush(self) -> None:
        if self._outbox:
            writes, self._outbox = self._outbox, []
            self._writer.submit(writes)

    def _learn(self, created: Iterable[LogTopic]) -> None:
        for topic in created:
            self._topics[topic.name] = topic
        for state in read_partitions(self._reader):
            if self._partitions.setdefault((state.topic, state.number), state) is state:
                self._next[state.id] = state.end  # the writer meets this partition only after this

    def _report(self, writes: Sequence[Write], failure: LogUnavailable | None) -> None:
        self._loop.call_soon_threadsafe(self._on_written, writes, failure)

    def _on_written(self, writes: Sequence[Write], failure: LogUnavailable | None) -> None:
        touched: set[Partition] = set()
        for write in writes:
            if isinstance(write, Append):
                result = None
                if failure is None:
                    for (state, *_), offset in zip(write.records, write.offsets, strict=True):
                        state.end = offset + 1
                        touched.add((state.topic, state.number))
                    result = write.confirm(write.offsets)
            elif failure is None:
                result = self._told(write)
            if write.future.done():
                continue
            if failure is None:
                write.future.set_result(result)
            else:
                write.future.set_exception(failure)
        if touched:
            for watcher in tuple(self._watchers):
                watcher(touched)

    @staticmethod
    def _told(write: Commit | Change) -> object:
        if isinstance(write, Commit):
            write.done()
            return None
        write.done(write.result)
        return write.result


def _nothing(_: object) -> None:
    """The change concerns nothing that is kept in memory."""


@asynccontextmanager
async def open_log(path: Path) -> AsyncIterator[SqliteLog]:
    """The log at `path`, made if missing; this process owns it until the end.

    Raises: LogInUse (another process owns it), LogTooNew, LogUnavailable.
    """
    with sole_owner(path):
        log = SqliteLog(connect_writer(path), connect_reader(path))
        try:
            yield log
        finally:
            await log.close()
