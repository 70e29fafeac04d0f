"""Stands in for AIOKafkaProducer: sends become appends to the log."""

import asyncio
import random
import time
from collections.abc import Sequence
from functools import lru_cache, partial

from aiokafka.errors import MessageSizeTooLargeError, ProducerClosed, UnknownTopicOrPartitionError
from aiokafka.structs import RecordMetadata, TopicPartition

from stellarmap_common.adapters.kafka.embedded.murmur2 import murmur2
from stellarmap_common.adapters.kafka.embedded.seam import Seam
from stellarmap_common.adapters.kafka.outgoing import Confirmation, Outgoing
from stellarmap_common.adapters.sqlite.log import NewRecord, SqliteLog
from stellarmap_common.adapters.sqlite.log_topics import LogTopic

MOST_BYTES = 1_048_576  # aiokafka's default for one request
CREATE_TIME = 0


class EmbeddedProducer(Seam):
    """Acknowledges a record when it is on disk."""

    def __init__(self, log: SqliteLog) -> None:
        self._log = log
        self._closed = False

    async def start(self) -> None:
        """Nothing has to be connected."""

    async def stop(self) -> None:
        """Afterwards nothing can be sent."""
        self._closed = True

    async def flush(self) -> None:
        """Whoever sent holds the future; nothing is buffered here."""

    async def send(  # noqa: PLR0913, PLR0917 - aiokafka's signature
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | None = None,
        partition: int | None = None,
        timestamp_ms: int | None = None,
        headers: Sequence[tuple[str, bytes]] | None = None,
    ) -> "asyncio.Future[RecordMetadata]":
        """A future of where the record stands, done when it is durable."""
        known = self._known(topic)
        _check_size(value)
        number = partition if partition is not None else partition_of(key, known.partitions)
        at_ms = timestamp_ms if timestamp_ms is not None else time.time_ns() // 1_000_000
        where = TopicPartition(topic, number)
        record = NewRecord(where, at_ms, key, value, list(headers or ()))
        return self._log.append([record], partial(_metadata, where, at_ms))

    async def send_all(self, topic: str, records: Sequence[Outgoing], *, timestamp_ms: int) -> list[Confirmation]:
        """One future, done when all of them are durable: they are written together."""
        partitions = self._known(topic).partitions
        new = []
        for key, value, headers in records:
            _check_size(value)
            new.append(NewRecord((topic, partition_of(key, partitions)), timestamp_ms, key, value, headers))
        return [self._log.append(new, _nothing)]

    def _known(self, topic: str) -> LogTopic:
        """The topic that is sent to. Raises: ProducerClosed, UnknownTopicOrPartitionError."""
        if self._closed:
            raise ProducerClosed  # the log's writer ends next: who waited for it then would wait for ever
        known = self._log.topics.get(topic)
        if known is None:
            raise UnknownTopicOrPartitionError(f"no topic {topic}: apply the topics first")
        return known


def _check_size(value: bytes | None) -> None:
    if len(value or b"") > MOST_BYTES:
        raise MessageSizeTooLargeError(f"a record of {len(value or b''):,} bytes; at most {MOST_BYTES:,} are taken")


def partition_of(key: bytes | None, partitions: int) -> int:
    """Where Kafka's own partitioner puts the key, so that a key has the same partition in both modes."""
    return random.randrange(partitions) if key is None else _partition_of_key(key, partitions)  # noqa: S311 - spreads load


@lru_cache(maxsize=4_096)  # keys come again
def _partition_of_key(key: bytes, partitions: int) -> int:
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def _nothing(_: Sequence[int]) -> None:
    """Nobody asks where each of them stands."""


def _metadata(where: TopicPartition, at_ms: int, offsets: Sequence[int]) -> RecordMetadata:
    (offset,) = offsets
    return RecordMetadata(where.topic, where.partition, where, offset, at_ms, CREATE_TIME, None)
