"""The dead letters of a log, as people look at them, with what their replay topics tell."""

import asyncio
import heapq
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from faststream.kafka import KafkaBroker

from stellarmap_common.adapters.kafka.dead_letters import (
    DEAD_LETTERS,
    MARK,
    REPLAYED_FROM,
    WRITTEN,
    replay,
    replay_topic_of,
)
from stellarmap_common.adapters.sqlite.log_reader import LogSnapshot, Partition, StoredRecord, open_log_snapshot
from stellarmap_common.events.topics import DEAD_LETTER_RETENTION_S
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.dead_letters import DeadLetterEntry, DeadLetterId, DeadLetterMark

_MARKS = frozenset(f"{MARK}{name}" for name in WRITTEN)
_TOGETHER = 500
_KEPT_MS = DEAD_LETTER_RETENTION_S * 1_000


class LogDeadLetters:
    """Reads the dead letters of a log."""

    def __init__(self, log: LogSnapshot | None) -> None:
        self._log = log
        self._known: dict[Partition, int] = {}  # ids of partitions: a partition keeps its own
        self._replayed: dict[str, int] = {}  # by the id of the dead letter: when it was given back last (ms)
        self._read_to: dict[int, int] = {}  # by partition of a replay topic

    async def entries(
        self,
        *,
        limit: int = 100,
        before: DeadLetterMark | None = None,
        group: str | None = None,
        topic: str | None = None,
    ) -> tuple[DeadLetterEntry, ...]:
        """The newest dead letters, newest first."""
        if self._log is None:
            return ()
        self._known = self._log.partitions()
        wanted = {place: number for place, number in self._known.items() if _is_wanted(place[0], group, topic)}
        await self._read_replays(self._log, {replay_topic_of(name) for name, _ in wanted})
        each = [
            [self._entry(place, record) for record in self._log.newest(number, limit, *_bound(place, before))]
            for place, number in wanted.items()
        ]
        newest_first = heapq.merge(*each, key=lambda entry: entry.mark, reverse=True)
        return tuple(entry for entry, _ in zip(newest_first, range(limit), strict=False))

    async def entry(self, topic: str, partition: int, offset: int) -> DeadLetterEntry | None:
        """That one, or None if it is gone or never was."""
        if self._log is None or not topic.endswith(DEAD_LETTERS):
            return None
        if (topic, partition) not in self._known:
            self._known = self._log.partitions()
        number = self._known.get((topic, partition))
        record = None if number is None else self._log.record(number, offset)
        if record is None:
            return None
        await self._read_replays(self._log, {replay_topic_of(topic)})
        return self._entry((topic, partition), record)

    async def _read_replays(self, log: LogSnapshot, topics: set[str]) -> None:
        """Afterwards every replay in these topics is known, unless its dead letter must be gone by now."""
        for (topic, _), number in self._known.items():
            while topic in topics:
                found = log.since(number, self._read_to.get(number, 0), _TOGETHER)
                for record in found:
                    came_from = dict(record.headers).get(REPLAYED_FROM, b"").decode(errors="replace")
                    at_ms = max(record.at_ms, self._replayed.pop(came_from, 0))
                    self._replayed[came_from] = at_ms  # at the end: the oldest are the first to be forgotten
                    self._read_to[number] = record.offset + 1
                self._forget_before(found[-1].at_ms - _KEPT_MS if found else 0)
                if len(found) < _TOGETHER:
                    break
                await asyncio.sleep(0)  # there may be many, and others wait for this loop

    def _forget_before(self, at_ms: int) -> None:
        """A dead letter is older than its replay, and kept no longer."""
        while self._replayed and (oldest := next(iter(self._replayed.items())))[1] < at_ms:
            del self._replayed[oldest[0]]

    def _entry(self, place: Partition, record: StoredRecord) -> DeadLetterEntry:
        marks = {
            name.removeprefix(MARK): value.decode(errors="replace") for name, value in record.headers if name in _MARKS
        }
        dead_letter = DeadLetterId(*place, record.offset)
        return DeadLetterEntry(
            topic=dead_letter.topic,
            partition=dead_letter.partition,
            offset=dead_letter.offset,
            at=_moment(record.at_ms),
            original_topic=marks["topic"],
            original_partition=int(marks["partition"]),
            original_offset=int(marks["offset"]),
            group=marks["group"],
            reason=marks["reason"],
            attempts=int(marks["attempts"]),
            key=record.key,
            value=record.value or b"",
            headers=tuple((name, value) for name, value in record.headers if name not in _MARKS),
            replayed_at=_moment(at_ms) if (at_ms := self._replayed.get(str(dead_letter))) is not None else None,
        )


class ReplayableDeadLetters(LogDeadLetters):
    """Those of the log that this process owns: it can give them back to their group."""

    def __init__(self, log: LogSnapshot, broker: KafkaBroker, clock: Clock) -> None:
        super().__init__(log)
        self._broker = broker
        self._clock = clock

    async def replay(self, ids: Sequence[DeadLetterId]) -> tuple[DeadLetterId, ...]:
        """Afterwards each stands in the replay topic of its group, in the order of `ids`. Those that are gone."""
        found = [(dead_letter, await self.entry(*dead_letter)) for dead_letter in dict.fromkeys(ids)]
        await replay(self._broker, self._clock, [entry for _, entry in found if entry is not None])
        return tuple(dead_letter for dead_letter, entry in found if entry is None)


@asynccontextmanager
async def open_log_reader(path: Path) -> AsyncIterator[LogDeadLetters]:
    """The dead letters of the log at `path`, whether or not a process runs on it. Raises: LogUnavailable."""
    async with open_log_snapshot(path) as snapshot:
        yield LogDeadLetters(snapshot)


def _is_wanted(name: str, group: str | None, topic: str | None) -> bool:
    if not name.endswith(DEAD_LETTERS):
        return False
    original, _, reader = name.removesuffix(DEAD_LETTERS).rpartition(".")  # a group has no dot in its name
    return group in {None, reader} and topic in {None, name, original}


def _bound(place: Partition, before: DeadLetterMark | None) -> tuple[tuple[int, int], ...]:
    """Up to which time and offset the letters of a partition are older than the mark."""
    if before is None:
        return ()
    if place == (before.topic, before.partition):
        return ((before.at_ms, before.offset),)
    return ((before.at_ms + (place < (before.topic, before.partition)), 0),)


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1_000, UTC)
