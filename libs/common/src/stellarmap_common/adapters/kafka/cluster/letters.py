"""The dead-letter and replay topics on Kafka."""

from collections.abc import Collection, Sequence

from faststream.kafka import KafkaBroker

from stellarmap_common.adapters.kafka.cluster.errors import translated
from stellarmap_common.adapters.kafka.cluster.view import KafkaLogView
from stellarmap_common.adapters.kafka.dead_letters import DEAD_LETTERS, REPLAYS
from stellarmap_common.adapters.kafka.lines import Partition
from stellarmap_common.adapters.kafka.log_view import SeenRecord
from stellarmap_common.adapters.kafka.topics import wanted_topics
from stellarmap_common.events.topics import Topic

TOGETHER = 200
DISORDER_MS = 60_000  # between the clocks of those who write to one topic


class KafkaLetters:
    """A LetterLog of the topics that the table names."""

    def __init__(self, broker: KafkaBroker, view: KafkaLogView, topics: Sequence[Topic]) -> None:
        self._broker = broker
        self._view = view
        self._names = [topic.name for topic in wanted_topics(topics) if topic.name.endswith((DEAD_LETTERS, REPLAYS))]

    async def partitions(self) -> Collection[Partition]:
        """Those of these topics that are there. Raises: TransientError."""
        async with translated("tell its topics"):
            described = await self._broker.config.broker_config.admin_client.describe_topics(self._names)
        return {(topic["topic"], partition["partition"]) for topic in described for partition in topic["partitions"]}

    async def newest(self, place: Partition, limit: int, before: tuple[int, int] | None) -> Sequence[SeenRecord]:
        """The youngest `limit` records of a partition, newest first, before that time (ms) and offset.

        Read from the end backwards, until all that is left is surely older. Raises: TransientError.
        """
        found: list[SeenRecord] = []
        first, end = (await self._view.ends([place]))[place]
        if before is not None:
            younger = (await self._view.offsets_at([place], before[0] + DISORDER_MS))[place]
            end = end if younger is None else min(end, younger)
        while first < end:
            begin = max(first, end - max(limit, TOGETHER))
            read = await self._until(place, begin, end)
            found += [record for record in read if before is None or (record.at_ms, record.offset) < before]
            found = sorted(found, key=_by_time, reverse=True)[:limit]
            if len(found) == limit and read and max(record.at_ms for record in read) < found[-1].at_ms - DISORDER_MS:
                break
            end = begin
        return found

    async def since(self, place: Partition, offset: int, limit: int) -> Sequence[SeenRecord]:
        """At most `limit` records from `offset` on, in order. Raises: TransientError."""
        return (await self._view.read({place: offset}, limit)).get(place, ())

    async def record(self, place: Partition, offset: int) -> SeenRecord | None:
        """That record, or None if it is gone or never was. Raises: TransientError."""
        found = await self.since(place, offset, 1)
        return found[0] if found and found[0].offset == offset else None

    async def _until(self, place: Partition, begin: int, end: int) -> Sequence[SeenRecord]:
        return [record for record in await self.since(place, begin, end - begin) if record.offset < end]


def _by_time(record: SeenRecord) -> tuple[int, int]:
    return record.at_ms, record.offset
