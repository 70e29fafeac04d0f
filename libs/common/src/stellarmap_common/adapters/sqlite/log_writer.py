"""The one thread that writes the log: everything that waits goes into one transaction, acknowledged after it is on disk."""

import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from stellarmap_common.adapters.sqlite.log_file import LogUnavailable, record_id, unavailable
from stellarmap_common.adapters.sqlite.log_topics import PartitionState

_INSERT = "INSERT INTO records (id, at_ms, key, value, headers) VALUES (?, ?, ?, ?, ?)"
_COMMIT = (
    "INSERT INTO offsets (group_name, partition_id, next_offset) VALUES (?, ?, ?) "
    "ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset"
)
_MOST_AT_ONCE = 20_000  # records and commits in one transaction, unless one write has more: so long waits the first

Appended = tuple[PartitionState, int, bytes | None, bytes | None, bytes]
"""The state that the owner keeps of its partition, its time in ms, key, value, and headers."""


@dataclass(slots=True, eq=False)
class Append:
    """Records to append together; `offsets` are known once they are written."""

    records: Sequence[Appended]
    future: Any  # asyncio.Future of what `confirm` makes of the offsets
    confirm: Callable[[Sequence[int]], Any]
    offsets: list[int] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Commit:
    """Offsets of a group to keep: (partition id, next offset)."""

    group: str
    offsets: Sequence[tuple[int, int]]
    future: Any
    done: Callable[[], None]


@dataclass(slots=True, eq=False)
class Change:
    """Any other change, in the same transaction; its result resolves the future."""

    apply: Callable[[sqlite3.Connection], Any]
    future: Any
    done: Callable[[Any], None]
    result: Any = None


Write = Append | Commit | Change
Written = Callable[[Sequence[Write], LogUnavailable | None], None]


class LogWriter:
    """Writes in the order of submission. `written` is called in the writer's thread after each transaction."""

    def __init__(self, db: sqlite3.Connection, next_offsets: dict[int, int], written: Written) -> None:
        self._db = db
        self._next = next_offsets
        self._written = written
        self._waiting: queue.SimpleQueue[list[Write] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="event log", daemon=True)
        self._thread.start()

    def submit(self, writes: list[Write]) -> None:
        """Afterwards they will be written, together if possible."""
        self._waiting.put(writes)

    def stop(self) -> None:
        """Returns when everything submitted is written and the thread has ended."""
        self._waiting.put(None)
        self._thread.join()
        self._db.close()

    def _run(self) -> None:
        going = True
        while going:
            writes, going = self._take()
            if writes:
                self._write(writes)

    def _take(self) -> tuple[list[Write], bool]:
        taken = self._waiting.get()
        if taken is None:
            return [], False
        writes, size = taken, _size(taken)
        with suppress(queue.Empty):
            while size < _MOST_AT_ONCE:
                more = self._waiting.get_nowait()
                if more is None:
                    return writes, False
                writes.extend(more)
                size += _size(more)
        return writes, True

    def _write(self, writes: list[Write]) -> None:
        before = self._next.copy()
        try:
            self._transact(writes)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it: else they wait for ever
            self._next.update(before)
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            failure = unavailable("write", error)
            failure.__cause__ = error
            self._written(writes, failure)
        else:
            self._written(writes, None)

    def _transact(self, writes: list[Write]) -> None:
        rows = []
        offsets = []
        changes = []
        for write in writes:
            if isinstance(write, Append):
                for partition, at_ms, key, value, headers in write.records:
                    offset = self._next[partition.id]
                    self._next[partition.id] = offset + 1
                    write.offsets.append(offset)
                    rows.append((record_id(partition.id, offset), at_ms, key, value, headers))
            elif isinstance(write, Commit):
                offsets += [(write.group, partition_id, offset) for partition_id, offset in write.offsets]
            else:
                changes.append(write)
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(_INSERT, rows)
        self._db.executemany(_COMMIT, offsets)
        for change in changes:
            change.result = change.apply(self._db)
        self._db.execute("COMMIT")


def _size(writes: Sequence[Write]) -> int:
    return sum(len(write.records) if isinstance(write, Append) else 1 for write in writes)
