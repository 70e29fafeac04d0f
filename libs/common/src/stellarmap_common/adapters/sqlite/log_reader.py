"""Reads records of the log, in the process that owns it or beside it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from stellarmap_common.adapters.sqlite.log_file import OFFSET_MASK, connect_reader, record_id, translated_errors
from stellarmap_common.adapters.sqlite.log_topics import read_partitions

Partition = tuple[str, int]
"""Topic and number."""

Headers = list[tuple[str, bytes]]

_unpack_headers = msgspec.msgpack.Decoder(Headers).decode
pack_headers = msgspec.msgpack.Encoder().encode

_AFTER_ALL = (1 << 62, 0)


class StoredRecord(NamedTuple):
    """A record as it was appended."""

    offset: int
    at_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers


def read_records(db: sqlite3.Connection, partition_id: int, offset: int, limit: int) -> list[StoredRecord]:
    """At most `limit` records of a partition from `offset` on. Raises: LogUnavailable."""
    with translated_errors("read"):
        rows = db.execute(
            "SELECT id, at_ms, key, value, headers FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
            (record_id(partition_id, offset), record_id(partition_id + 1, 0), limit),
        ).fetchall()
    return [
        StoredRecord(row_id & OFFSET_MASK, at_ms, key, value, _unpack_headers(headers))
        for row_id, at_ms, key, value, headers in rows
    ]


def read_newest(
    db: sqlite3.Connection, partition_id: int, limit: int, before: tuple[int, int] = _AFTER_ALL
) -> list[StoredRecord]:
    """The youngest `limit` records of a partition, newest first, before that time (ms) and offset. Raises: LogUnavailable."""
    at_ms, offset = before
    with translated_errors("read"):
        rows = db.execute(
            "SELECT id, at_ms, key, value, headers FROM records WHERE id IN ("
            "SELECT id FROM records WHERE id >= ? AND id < ? AND (at_ms, id) < (?, ?) ORDER BY at_ms DESC, id DESC LIMIT ?"
            ") ORDER BY at_ms DESC, id DESC",
            (record_id(partition_id, 0), record_id(partition_id + 1, 0), at_ms, record_id(partition_id, offset), limit),
        ).fetchall()
    return [
        StoredRecord(row_id & OFFSET_MASK, at_ms, key, value, _unpack_headers(headers))
        for row_id, at_ms, key, value, headers in rows
    ]


def read_offset_at(db: sqlite3.Connection, partition_id: int, at_ms: int) -> int | None:
    """Offset of the first record as young as `at_ms`; None if all are older. Raises: LogUnavailable."""
    with translated_errors("read"):
        (found,) = db.execute(
            "SELECT min(id) FROM records WHERE id >= ? AND id < ? AND at_ms >= ?",
            (record_id(partition_id, 0), record_id(partition_id + 1, 0), at_ms),
        ).fetchone()
    return None if found is None else found & OFFSET_MASK


class LogSnapshot:
    """A log that another process may be writing, as it stands at each read."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def partitions(self) -> dict[Partition, int]:
        """Id of every partition. Raises: LogUnavailable."""
        with translated_errors("read"):
            return {(state.topic, state.number): state.id for state in read_partitions(self._db)}

    def newest(self, partition_id: int, limit: int, before: tuple[int, int] = _AFTER_ALL) -> list[StoredRecord]:
        """The youngest `limit` records, newest first, before that time (ms) and offset. Raises: LogUnavailable."""
        return read_newest(self._db, partition_id, limit, before)

    def since(self, partition_id: int, offset: int, limit: int) -> list[StoredRecord]:
        """At most `limit` records from `offset` on, in order. Raises: LogUnavailable."""
        return read_records(self._db, partition_id, offset, limit)

    def record(self, partition_id: int, offset: int) -> StoredRecord | None:
        """That record, or None if it is gone or never was. Raises: LogUnavailable."""
        if offset > OFFSET_MASK:
            return None
        found = read_records(self._db, partition_id, offset, 1)
        return found[0] if found and found[0].offset == offset else None


@asynccontextmanager
async def open_log_snapshot(path: Path) -> AsyncIterator[LogSnapshot | None]:
    """The log at `path` for reading only; None if nobody has made one yet. Raises: LogUnavailable."""
    if not path.exists():  # noqa: ASYNC240 - one look, before anything waits for this loop
        yield None
        return
    db = connect_reader(path)
    try:
        yield LogSnapshot(db)
    finally:
        db.close()
