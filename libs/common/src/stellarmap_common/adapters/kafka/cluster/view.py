"""The topics of a cluster, as those see them who do not consume them: beside every group, at most once a second each."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from stellarmap_common.adapters.kafka.cluster.errors import translated
from stellarmap_common.adapters.kafka.cluster.joining import kafka_group
from stellarmap_common.adapters.kafka.decoding import Record
from stellarmap_common.adapters.kafka.lines import Partition
from stellarmap_common.adapters.kafka.log_view import SeenRecord, Standing
from stellarmap_common.ports.clock import Clock

KEPT_S = 0.9  # less than the second after which the lanes look again
READ_S = 10.0
_POLL_MS = 200
_FETCH_BYTES = 65_536  # mostly one record of a partition is wanted
_FETCH_MS = 10  # a fetch that the last question left behind must not hold up the next one

Consumer: TypeAlias = Any  # aiokafka gives it no types


class KafkaLogView:
    """A LogView of topics on Kafka. All questions go over one consumer, which is in no group, one after the other."""

    def __init__(self, admin: AIOKafkaAdminClient, consumer: Consumer, clock: Clock) -> None:
        self._admin = admin
        self._consumer = consumer
        self._clock = clock
        self._reading = asyncio.Lock()
        self._kept: dict[tuple[str, str], tuple[float, asyncio.Task[Mapping[Partition, Standing]]]] = {}

    async def standings(self, group: str, topic: str) -> Mapping[Partition, Standing]:
        """Of every partition of the topic, as of at most a second ago. Raises: TransientError."""
        asked = group, topic
        now = self._clock.monotonic()
        at, task = self._kept.get(asked, (0.0, None))
        if task is None or (task.done() and (now - at > KEPT_S or _failed(task))):
            task = asyncio.create_task(self._standings(group, topic), name="standings")
            self._kept[asked] = now, task
        return await asyncio.shield(task)

    async def read(self, places: Mapping[Partition, int], most: int) -> Mapping[Partition, Sequence[SeenRecord]]:
        """Of each partition at most so many records, from its offset on. Raises: TransientError."""
        found: dict[Partition, list[SeenRecord]] = {}
        async with self._reading, translated("give records", READ_S):
            bounds = await self._bounds([TopicPartition(*place) for place in places])
            wanted = {
                partition: (max(places[partition.topic, partition.partition], first), end)
                for partition, (first, end) in bounds.items()
            }
            wanted = {partition: (at, end) for partition, (at, end) in wanted.items() if at < end}
            if wanted:
                async for partition, records in self._records(wanted, most):
                    found.setdefault((partition.topic, partition.partition), []).extend(records)
        return found

    async def offsets_at(self, places: Collection[Partition], at_ms: int) -> Mapping[Partition, int | None]:
        """The first record of each that is as young as that; None where all are older. Raises: TransientError."""
        async with translated("tell offsets"):
            found = await self._consumer.offsets_for_times({TopicPartition(*place): at_ms for place in places})
        return {
            (partition.topic, partition.partition): None if at is None else at.offset for partition, at in found.items()
        }

    async def ends(self, places: Collection[Partition]) -> Mapping[Partition, tuple[int, int]]:
        """The first offset of each, and that of its next record. Raises: TransientError."""
        async with translated("tell offsets"):
            bounds = await self._bounds([TopicPartition(*place) for place in places])
        return {(partition.topic, partition.partition): bound for partition, bound in bounds.items()}

    async def stop(self) -> None:
        """Afterwards nothing is asked any more."""
        tasks = [task for _, task in self._kept.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._consumer.stop()

    async def _standings(self, group: str, topic: str) -> Mapping[Partition, Standing]:
        async with translated("tell how far its groups are"):
            numbers = await self._consumer._client._wait_on_metadata(topic)  # noqa: SLF001 - it asks no broker twice
            bounds = await self._bounds([TopicPartition(topic, number) for number in numbers])
            committed = await self._admin.list_consumer_group_offsets(kafka_group(topic, group))
        return {
            (topic, partition.partition): Standing(
                max(first, committed[partition].offset if partition in committed else 0), end
            )
            for partition, (first, end) in bounds.items()
        }

    async def _bounds(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, tuple[int, int]]:
        if not partitions:
            return {}
        firsts, ends = await asyncio.gather(
            self._consumer.beginning_offsets(partitions), self._consumer.end_offsets(partitions)
        )
        return {partition: (firsts[partition], ends[partition]) for partition in partitions}

    async def _records(
        self, wanted: Mapping[TopicPartition, tuple[int, int]], most: int
    ) -> AsyncIterator[tuple[TopicPartition, list[SeenRecord]]]:
        consumer = self._consumer
        consumer.assign(list(wanted))
        try:
            for partition, (at, _) in wanted.items():
                consumer.seek(partition, at)
            missing = dict.fromkeys(wanted, most)
            while missing:
                for partition in tuple(missing):
                    # Each by itself: what is fetched beyond is never unpacked.
                    polled = await consumer.getmany(partition, timeout_ms=_POLL_MS, max_records=missing[partition])
                    records = polled.get(partition, ())
                    yield partition, [_seen(record) for record in records]
                    missing[partition] -= len(records)
                    _, end = wanted[partition]
                    if missing[partition] <= 0 or await consumer.position(partition) >= end:
                        del missing[partition]
        finally:
            consumer.unsubscribe()


def _seen(record: Record) -> SeenRecord:
    return SeenRecord(record.offset, record.timestamp, record.key, record.value, record.headers)


def _failed(task: "asyncio.Task[Mapping[Partition, Standing]]") -> bool:
    return task.cancelled() or task.exception() is not None


async def open_view(admin: AIOKafkaAdminClient, builder: Callable[..., Consumer], clock: Clock) -> KafkaLogView:
    """A view of everything on the cluster, until it is stopped. Raises: KafkaError."""
    consumer = builder(
        group_id=None,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=_FETCH_MS,
        max_partition_fetch_bytes=_FETCH_BYTES,
    )
    try:
        await consumer.start()
    except BaseException:
        await consumer.stop()
        raise
    return KafkaLogView(admin, consumer, clock)
