"""The dead letters of a log, as people look at them, with what their replay topics tell."""

import asyncio
import heapq
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Protocol

from faststream.kafka import KafkaBroker

from stellarmap_common.adapters.kafka.dead_letters import (
    DEAD_LETTERS,
    MARK,
    REPLAYED_FROM,
    WRITTEN,
    replay,
    replay_topic_of,
)
from stellarmap_common.adapters.kafka.lines import Partition
from stellarmap_common.adapters.kafka.log_view import SeenRecord
from stellarmap_common.events.topics import DEAD_LETTER_RETENTION_S
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.dead_letters import DeadLetterEntry, DeadLetterId, DeadLetterMark

_MARKS = frozenset(f"{MARK}{name}" for name in WRITTEN)
_TOGETHER = 500
_KEPT_MS = DEAD_LETTER_RETENTION_S * 1_000


class LetterLog(Protocol):
    """Where the dead-letter and replay topics are. Every question raises TransientError when nobody answers."""

    async def partitions(self) -> Collection[Partition]:
        """Those of these topics that are there; a partition stays."""
        ...

    async def newest(self, place: Partition, limit: int, before: tuple[int, int] | None) -> Sequence[SeenRecord]:
        """The youngest `limit` records of a partition, newest first, before that time (ms) and offset."""
        ...

    async def since(self, place: Partition, offset: int, limit: int) -> Sequence[SeenRecord]:
        """At most `limit` records from `offset` on, in order."""
        ...

    async def record(self, place: Partition, offset: int) -> SeenRecord | None:
        """That record, or None if it is gone or never was."""
        ...


class LogDeadLetters:
    """Reads the dead letters of a log."""

    def __init__(self, log: LetterLog) -> None:
        self._log = log
        self._known: Collection[Partition] = ()
        self._replayed: dict[str, int] = {}  # by the id of the dead letter: when it was given back last (ms)
        self._read_to: dict[Partition, int] = {}  # of the replay topics

    async def entries(
        self,
        *,
        limit: int = 100,
        before: DeadLetterMark | None = None,
        group: str | None = None,
        topic: str | None = None,
    ) -> tuple[DeadLetterEntry, ...]:
        """The newest dead letters, newest first."""
        self._known = await self._log.partitions()
        wanted = [place for place in self._known if _is_wanted(place[0], group, topic)]
        await self._read_replays({replay_topic_of(name) for name, _ in wanted})
        each = [
            [self._entry(place, record) for record in await self._log.newest(place, limit, _bound(place, before))]
            for place in wanted
        ]
        newest_first = heapq.merge(*each, key=lambda entry: entry.mark, reverse=True)
        return tuple(entry for entry, _ in zip(newest_first, range(limit), strict=False))

    async def entry(self, topic: str, partition: int, offset: int) -> DeadLetterEntry | None:
        """That one, or None if it is gone or never was."""
        if not topic.endswith(DEAD_LETTERS):
            return None
        place = topic, partition
        if place not in self._known:
            self._known = await self._log.partitions()
        record = await self._log.record(place, offset) if place in self._known else None
        if record is None:
            return None
        await self._read_replays({replay_topic_of(topic)})
        return self._entry(place, record)

    async def _read_replays(self, topics: set[str]) -> None:
        """Afterwards every replay in these topics is known, unless its dead letter must be gone by now."""
        for place in self._known:
            while place[0] in topics:
                found = await self._log.since(place, self._read_to.get(place, 0), _TOGETHER)
                for record in found:
                    came_from = dict(record.headers).get(REPLAYED_FROM, b"").decode(errors="replace")
                    at_ms = max(record.at_ms, self._replayed.pop(came_from, 0))
                    self._replayed[came_from] = at_ms  # at the end: the oldest are the first to be forgotten
                    self._read_to[place] = record.offset + 1
                self._forget_before(found[-1].at_ms - _KEPT_MS if found else 0)
                if len(found) < _TOGETHER:
                    break
                await asyncio.sleep(0)  # there may be many, and others wait for this loop

    def _forget_before(self, at_ms: int) -> None:
        """A dead letter is older than its replay, and kept no longer."""
        while self._replayed and (oldest := next(iter(self._replayed.items())))[1] < at_ms:
            del self._replayed[oldest[0]]

    def _entry(self, place: Partition, record: SeenRecord) -> DeadLetterEntry:
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
    """Those of a log that this process can write to: it can give them back to their group."""

    def __init__(self, log: LetterLog, broker: KafkaBroker, clock: Clock) -> None:
        super().__init__(log)
        self._broker = broker
        self._clock = clock

    async def replay(self, ids: Sequence[DeadLetterId]) -> tuple[DeadLetterId, ...]:
        """Afterwards each stands in the replay topic of its group, in the order of `ids`. Those that are gone."""
        found = [(dead_letter, await self.entry(*dead_letter)) for dead_letter in dict.fromkeys(ids)]
        await replay(self._broker, self._clock, [entry for _, entry in found if entry is not None])
        return tuple(dead_letter for dead_letter, entry in found if entry is None)


def _is_wanted(name: str, group: str | None, topic: str | None) -> bool:
    if not name.endswith(DEAD_LETTERS):
        return False
    original, _, reader = name.removesuffix(DEAD_LETTERS).rpartition(".")  # a group has no dot in its name
    return group in {None, reader} and topic in {None, name, original}


def _bound(place: Partition, before: DeadLetterMark | None) -> tuple[int, int] | None:
    """Up to which time and offset the letters of a partition are older than the mark."""
    if before is None:
        return None
    if place == (before.topic, before.partition):
        return before.at_ms, before.offset
    return before.at_ms + (place < (before.topic, before.partition)), 0


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1_000, UTC)
