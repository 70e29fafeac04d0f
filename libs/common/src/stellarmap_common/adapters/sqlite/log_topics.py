"""Topics and partitions as the log's file holds them."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stellarmap_common.adapters.sqlite.log_file import OFFSET_MASK, record_id


@dataclass(frozen=True, slots=True)
class LogTopic:
    """A topic of the log."""

    name: str
    partitions: int
    retention_ms: int | None  # None: compacted


@dataclass(slots=True)
class PartitionState:
    """Where a partition begins and ends, for those who read: records first ≤ offset < end are readable."""

    id: int
    topic: str
    number: int
    first: int
    end: int
    compacted_to: int
    keys: int = 0  # found by the last compaction of this process


def create_topics(db: sqlite3.Connection, topics: Iterable[LogTopic]) -> tuple[LogTopic, ...]:
    """Afterwards each topic exists; those that did are left as they are. The new ones."""
    created = []
    for topic in topics:
        row = (topic.name, topic.retention_ms)
        if db.execute("INSERT OR IGNORE INTO topics (name, retention_ms) VALUES (?, ?)", row).rowcount:
            numbers = [(topic.name, number) for number in range(topic.partitions)]
            db.executemany("INSERT INTO partitions (topic, number) VALUES (?, ?)", numbers)
            created.append(topic)
    return tuple(created)


def read_topics(db: sqlite3.Connection) -> Iterator[LogTopic]:
    """Every topic."""
    found = db.execute(
        "SELECT name, count(partitions.id), retention_ms FROM topics JOIN partitions ON topic = name GROUP BY name"
    )
    for name, partitions, retention_ms in found:
        yield LogTopic(name, partitions, retention_ms)


def read_partitions(db: sqlite3.Connection) -> Iterator[PartitionState]:
    """Every partition, with the offset its next record will have."""
    rows = db.execute(
        "SELECT id, topic, number, first_offset, next_offset, compacted_to FROM partitions ORDER BY topic, number"
    )
    for partition_id, topic, number, first, known, compacted_to in rows.fetchall():
        (last,) = db.execute(
            "SELECT max(id) FROM records WHERE id >= ? AND id < ?",
            (record_id(partition_id, 0), record_id(partition_id + 1, 0)),
        ).fetchone()
        end = known if last is None else max(known, (last & OFFSET_MASK) + 1)
        yield PartitionState(partition_id, topic, number, first, end, compacted_to)


def read_offsets(db: sqlite3.Connection) -> Iterator[tuple[str, int, int]]:
    """(group, partition id, next offset) of every group."""
    yield from db.execute("SELECT group_name, partition_id, next_offset FROM offsets")
