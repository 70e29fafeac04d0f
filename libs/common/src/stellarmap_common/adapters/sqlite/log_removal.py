"""What leaves the log: records past their topic's time, and records a newer one of the same key has replaced."""

import sqlite3
from dataclasses import dataclass

from stellarmap_common.adapters.sqlite.log_file import OFFSET_MASK, record_id

CHUNK = 2_000  # records a transaction removes: appends wait no longer than that takes


@dataclass(frozen=True, slots=True)
class Removal:
    """What was removed: nothing before `first` is left."""

    removed: int
    first: int


@dataclass(frozen=True, slots=True)
class Compaction:
    """What was removed, and how many keys are left."""

    removed: int
    keys: int


def remove_old(db: sqlite3.Connection, partition_id: int, first: int, end: int, before_ms: int) -> Removal:
    """Removes the oldest records, while they are older than `before_ms`: at most CHUNK of them."""
    rows = db.execute(
        "SELECT id, at_ms FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
        (record_id(partition_id, first), record_id(partition_id, end), CHUNK),
    )
    old = []
    for row_id, at_ms in rows:
        if at_ms >= before_ms:
            break
        old.append(row_id)
    if not old:
        return Removal(0, first)
    db.execute("DELETE FROM records WHERE id >= ? AND id <= ?", (old[0], old[-1]))
    new_first = (old[-1] & OFFSET_MASK) + 1
    db.execute(
        "UPDATE partitions SET first_offset = ?, next_offset = max(next_offset, ?) WHERE id = ?",
        (new_first, end, partition_id),
    )
    return Removal(len(old), new_first)


def remove_superseded(db: sqlite3.Connection, partition_id: int, end: int) -> Compaction:
    """Afterwards each key stands once before `end`, with its newest record."""
    newest: dict[bytes, int] = {}
    superseded = []
    rows = db.execute(
        "SELECT id, key FROM records WHERE id >= ? AND id < ? AND key IS NOT NULL ORDER BY id",
        (record_id(partition_id, 0), record_id(partition_id, end)),
    )
    for row_id, key in rows:
        if (older := newest.get(key)) is not None:
            superseded.append((older,))
        newest[key] = row_id
    db.executemany("DELETE FROM records WHERE id = ?", superseded)
    db.execute("UPDATE partitions SET compacted_to = ? WHERE id = ?", (end, partition_id))
    return Compaction(len(superseded), len(newest))
