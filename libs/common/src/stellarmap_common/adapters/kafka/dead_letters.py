"""Dead letters: how a record is set aside with its original bytes, and how people read it again."""

import heapq
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from stellarmap_common.adapters.kafka.decoding import Record
from stellarmap_common.adapters.sqlite.log_reader import LogSnapshot, StoredRecord, open_log_snapshot
from stellarmap_common.errors import TransientError
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.dead_letters import DeadLetterEntry
from stellarmap_common.ports.subscription import DeadLetter

MARK = "dlq_"
SUFFIX = ".dlq"
_LONGEST_REASON = 1_000


@dataclass(frozen=True, slots=True)
class DeadLetterBox:
    """Where the records of one group go that it could not handle."""

    broker: KafkaBroker
    clock: Clock
    group: str
    topic: str

    async def put(self, record: Record, letter: DeadLetter) -> None:
        """Afterwards the record is durable in the dead-letter topic. Raises: TransientError."""
        told = {
            "reason": letter.reason[:_LONGEST_REASON],
            "attempts": letter.attempts,
            "group": self.group,
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
        }
        marks = [(f"{MARK}{name}", str(value).encode()) for name, value in told.items()]
        # FastStream's publish takes text headers only, and these may be the very bytes that made the record undecodable.
        producer = self.broker.config.producer._producer.producer  # type: ignore[attr-defined]  # noqa: SLF001
        try:
            sent = await producer.send(
                self.topic,
                value=record.value or b"",
                key=record.key,
                timestamp_ms=int(self.clock.now().timestamp() * 1_000),
                headers=[*_originals(record.headers), *marks],
            )
            await sent
        except KafkaError as error:
            raise TransientError(f"the dead letter could not be written to {self.topic}: {error!r}") from error


def _originals(headers: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """A reader that trusts `content-type` would choke on what was set aside because it is no such content."""
    return [
        (f"{MARK}content-type" if name == "content-type" else name, value)
        for name, value in headers
        if not name.startswith(MARK) or name == f"{MARK}content-type"
    ]


class LogDeadLetters:
    """Reads the dead letters of a log."""

    def __init__(self, log: LogSnapshot | None) -> None:
        self._log = log

    async def entries(self, *, limit: int = 100) -> tuple[DeadLetterEntry, ...]:
        """The newest dead letters of all groups, newest first."""
        if self._log is None:
            return ()
        partitions = {name: number for name, number in self._log.partitions().items() if name[0].endswith(SUFFIX)}
        each = (
            [_entry(topic, partition, record) for record in self._log.newest(number, limit)]
            for (topic, partition), number in partitions.items()
        )
        newest_first = heapq.merge(*each, key=lambda entry: entry.at, reverse=True)
        return tuple(entry for entry, _ in zip(newest_first, range(limit), strict=False))

    async def entry(self, topic: str, partition: int, offset: int) -> DeadLetterEntry | None:
        """That one, or None if it is gone or never was."""
        number = self._log.partitions().get((topic, partition)) if self._log and topic.endswith(SUFFIX) else None
        if self._log is None or number is None:
            return None
        record = self._log.record(number, offset)
        return _entry(topic, partition, record) if record else None


@asynccontextmanager
async def open_log_reader(path: Path) -> AsyncIterator[LogDeadLetters]:
    """The dead letters of the log at `path`, whether or not a process runs on it. Raises: LogUnavailable."""
    async with open_log_snapshot(path) as snapshot:
        yield LogDeadLetters(snapshot)


def _entry(topic: str, partition: int, record: StoredRecord) -> DeadLetterEntry:
    marks = {
        name.removeprefix(MARK): value.decode(errors="replace")
        for name, value in record.headers
        if name.startswith(MARK)
    }
    originals = tuple(
        (name, value) for name, value in record.headers if name not in {f"{MARK}{mark}" for mark in _WRITTEN}
    )
    return DeadLetterEntry(
        topic=topic,
        partition=partition,
        offset=record.offset,
        at=datetime.fromtimestamp(record.at_ms / 1_000, UTC),
        original_topic=marks["topic"],
        original_partition=int(marks["partition"]),
        original_offset=int(marks["offset"]),
        group=marks["group"],
        reason=marks["reason"],
        attempts=int(marks["attempts"]),
        key=record.key,
        value=record.value or b"",
        headers=originals,
    )


_WRITTEN = ("reason", "attempts", "group", "topic", "partition", "offset")
