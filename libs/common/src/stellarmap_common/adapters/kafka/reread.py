"""Reads records once more, beside the group: its own position goes on meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from aiokafka.structs import TopicPartition

from stellarmap_common.adapters.kafka.decoding import Record
from stellarmap_common.adapters.kafka.lines import Partition
from stellarmap_common.errors import TransientError

READ_S = 30.0
_POLL_MS = 100
_FETCH_MS = 10  # a broker must not hold a fetch of one partition back while another one is asked for


class Rereader:
    """A consumer in no group, which reads one partition at a time."""

    def __init__(self, consumer: Any, within_s: float = READ_S) -> None:  # noqa: ANN401 - of either broker
        self._consumer = consumer
        self._within_s = within_s  # a consumer waits for brokers that are away as long as they are
        self._reading: TopicPartition | None = None
        self._end = 0  # of what it reads, when it was asked last

    async def read(self, place: Partition, offset: int, most: int) -> list[Record]:
        """The records of the partition from `offset` on, at most so many; none if it has none there any more.

        Raises: KafkaError, TransientError.
        """
        try:
            async with asyncio.timeout(self._within_s):
                return await self._read(place, offset, most)
        except TimeoutError:
            raise TransientError(f"Kafka did not give records again within {self._within_s:g} s") from None

    async def _read(self, place: Partition, offset: int, most: int) -> list[Record]:
        partition, consumer = TopicPartition(*place), self._consumer
        if partition != self._reading or offset >= self._end:
            self._end = (await consumer.end_offsets([partition]))[partition]
        if offset >= self._end:
            return []
        if partition != self._reading:
            if self._reading is not None:
                consumer.pause(self._reading)
            consumer.seek(partition, offset)
            consumer.resume(partition)
            self._reading = partition
        elif await consumer.position(partition) != offset:
            consumer.seek(partition, offset)
        while await consumer.position(partition) < self._end:
            if found := (await consumer.getmany(timeout_ms=_POLL_MS, max_records=most)).get(partition):
                return list(found)
        return []


Rereading = Callable[[], AbstractAsyncContextManager[Rereader]]


@asynccontextmanager
async def open_rereader(builder: Callable[..., Any], *topics: str) -> AsyncIterator[Rereader]:
    """Reads these topics. Raises: KafkaError."""
    consumer = builder(
        group_id=None, auto_offset_reset="earliest", enable_auto_commit=False, fetch_max_wait_ms=_FETCH_MS
    )
    consumer.subscribe(list(topics))
    await consumer.start()
    try:
        consumer.pause(*consumer.assignment())  # before its loop had a turn: nothing is fetched that nobody asked for
        yield Rereader(consumer)
    finally:
        await consumer.stop()
