"""Reads records once more, beside the group: its own position goes on meanwhile."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from aiokafka.structs import TopicPartition

from stellarmap_common.adapters.kafka.decoding import Record
from stellarmap_common.adapters.kafka.lines import Partition

_POLL_MS = 100


class Rereader:
    """A consumer in no group."""

    def __init__(self, consumer: Any) -> None:  # noqa: ANN401 - of either broker
        self._consumer = consumer

    async def read(self, place: Partition, offset: int, most: int) -> list[Record]:
        """The records of the partition from `offset` on, at most so many; none if it has none there any more."""
        partition, consumer = TopicPartition(*place), self._consumer
        first = (await consumer.beginning_offsets([partition]))[partition]
        end = (await consumer.end_offsets([partition]))[partition]
        at = max(offset, first)
        if at >= end:
            return []
        consumer.pause(*consumer.assignment())
        consumer.seek(partition, at)
        consumer.resume(partition)
        while await consumer.position(partition) < end:
            if found := (await consumer.getmany(timeout_ms=_POLL_MS, max_records=most)).get(partition):
                return list(found)
        return []


Rereading = Callable[[], AbstractAsyncContextManager[Rereader]]


@asynccontextmanager
async def open_rereader(builder: Callable[..., Any], *topics: str) -> AsyncIterator[Rereader]:
    """Reads these topics. Raises: KafkaError."""
    consumer = builder(group_id=None, auto_offset_reset="earliest", enable_auto_commit=False)
    consumer.subscribe(list(topics))
    await consumer.start()
    try:
        yield Rereader(consumer)
    finally:
        await consumer.stop()
