"""Stands in for AIOKafkaConsumer: reads the log, alone or in a group."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from aiokafka.errors import (
    ConsumerStoppedError,
    IllegalOperation,
    IllegalStateError,
    KafkaConnectionError,
    UnknownTopicOrPartitionError,
)
from aiokafka.structs import ConsumerRecord, OffsetAndTimestamp, TopicPartition

from stellarmap_common.adapters.kafka.embedded.groups import Groups
from stellarmap_common.adapters.kafka.embedded.producer import CREATE_TIME
from stellarmap_common.adapters.kafka.embedded.seam import NotOnThisSeam, Seam, only_known
from stellarmap_common.adapters.sqlite.log import SqliteLog
from stellarmap_common.adapters.sqlite.log_file import LogUnavailable
from stellarmap_common.adapters.sqlite.log_reader import StoredRecord

Record: TypeAlias = ConsumerRecord[bytes, bytes]

IDLE_S = 1.0
"""How long a poll waits when nothing comes, if it may: a record wakes it at once, so waiting longer delays nothing."""

_MOST_RECORDS = 500
_MEANINGLESS = frozenset(  # they tune the network, the group protocol of a cluster, or the checks of what comes from there
    {
        "bootstrap_servers", "client_id", "client_rack", "request_timeout_ms", "retry_backoff_ms", "metadata_max_age_ms",
        "connections_max_idle_ms", "security_protocol", "sasl_kerberos_service_name", "sasl_kerberos_domain_name",
        "sasl_oauth_token_provider", "loop", "key_deserializer", "value_deserializer", "fetch_max_bytes",
        "fetch_min_bytes", "fetch_max_wait_ms", "max_partition_fetch_bytes", "auto_commit_interval_ms", "check_crcs",
        "partition_assignment_strategy", "max_poll_interval_ms", "rebalance_timeout_ms", "session_timeout_ms",
        "heartbeat_interval_ms", "consumer_timeout_ms", "exclude_internal_topics", "isolation_level",
        "group_instance_id", "max_poll_records",
    }
)  # fmt: skip


class Listener(Protocol):
    """What wants to know when partitions change hands; aiokafka's ConsumerRebalanceListener."""

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Called before they are given up."""
        ...

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Called when they are read."""
        ...


@dataclass(frozen=True, slots=True)
class Membership:
    """What FastStream's rebalance log asks the coordinator of a consumer."""

    member_id: str


class EmbeddedConsumer(Seam):
    """One reader."""

    def __init__(
        self,
        log: SqliteLog,
        groups: Groups,
        *,
        group_id: str | None = None,
        auto_offset_reset: str = "latest",
        enable_auto_commit: bool = True,
        **options: object,
    ) -> None:
        only_known(options, _MEANINGLESS, "the embedded consumer")
        if options.get("key_deserializer") or options.get("value_deserializer"):
            raise NotOnThisSeam("the embedded consumer hands out bytes: decode them in the handler")
        self._log = log
        self._groups = groups
        self._group_id = group_id
        self._from_start = auto_offset_reset == "earliest"
        self._auto_commit = enable_auto_commit and group_id is not None
        self._topics: tuple[str, ...] = ()
        self._listener: Listener | None = None
        self._position: dict[TopicPartition, int] = {}  # its keys are the assignment
        self._unread: dict[TopicPartition, None] = {}  # in turn; these may have records beyond the position
        self._paused: set[TopicPartition] = set()
        self._leaving: set[TopicPartition] = set()
        self._in_flight: set[TopicPartition] = set()  # handed out by the last poll; the next poll says it is done
        self._handled = asyncio.Event()
        self._wake = asyncio.Event()
        self._closed = False
        self._coordinator = Membership(f"embedded-{id(self):x}")

    @property
    def topics(self) -> tuple[str, ...]:
        """What it subscribes to."""
        return self._topics

    def subscribe(
        self,
        topics: Sequence[str] = (),
        pattern: str | None = None,
        listener: Listener | None = None,
    ) -> None:
        """Afterwards `start` reads these topics."""
        if pattern is not None:
            raise NotOnThisSeam("the embedded consumer subscribes to names, not to patterns")
        self._topics = tuple(topics)
        self._listener = listener

    async def start(self) -> None:
        """Afterwards it reads its share. Raises: UnknownTopicOrPartitionError."""
        missing = [topic for topic in self._topics if topic not in self._log.topics]
        if missing:
            raise UnknownTopicOrPartitionError(f"no topic {', '.join(missing)}: apply the topics first")
        self._log.watch(self._on_touched)
        if self._group_id is None:
            await self.take_on(
                {TopicPartition(*name) for topic in self._topics for name in self._log.partitions_of(topic)}
            )
        else:
            await self._groups.join(self._group_id, self)

    async def stop(self) -> None:
        """Afterwards it reads nothing, and its group goes on without it."""
        if self._closed:
            return
        self._closed = True
        self._log.unwatch(self._on_touched)
        self._wake.set()
        self._settle_in_flight()
        self._position.clear()
        if self._group_id is not None:
            await self._groups.leave(self._group_id, self)

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: float = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[Record]]:
        """At most `max_records` that were not read yet; waits for the first one. By asking, what came before is done."""
        if partitions:
            raise NotOnThisSeam("the embedded consumer polls all its partitions")
        self._check_open()
        self._finish_poll()
        limit = max_records or _MOST_RECORDS
        if not (taken := self._take(limit)) and timeout_ms:
            await self._woken(max(timeout_ms / 1000, IDLE_S))
            self._check_open()
            taken = self._take(limit)
        await asyncio.sleep(0)  # a reader with a backlog must leave others their turn
        return taken

    async def getone(self) -> Record:
        """The next record; waits for it."""
        while True:
            records = await self.getmany(timeout_ms=IDLE_S * 1000, max_records=1)
            for ((record),) in records.values():
                return record

    async def commit(self, offsets: Mapping[TopicPartition, int] | None = None) -> None:
        """Afterwards the group stands at these offsets; by default, behind everything that was read."""
        if self._group_id is None:
            raise IllegalOperation("Requires group_id")
        kept = dict(self._position) if offsets is None else dict(offsets)
        self._check_assigned(*kept)
        if kept:
            await self._log.commit(self._group_id, kept.items())

    async def committed(self, partition: TopicPartition) -> int | None:
        """Where the group stands; None before its first commit."""
        if self._group_id is None:
            raise IllegalOperation("Requires group_id")
        return self._log.committed(self._group_id, partition)

    async def position(self, partition: TopicPartition) -> int:
        """Offset of the record that is read next."""
        self._check_assigned(partition)
        return self._position[partition]

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Afterwards the record at `offset` is read next."""
        self._check_assigned(partition)
        self._position[partition] = offset
        self._offer(partition)

    async def beginning_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Offset of the oldest record of each."""
        return {partition: self._log.first(partition) for partition in partitions}

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Offset the next record of each will have."""
        return {partition: self._log.end(partition) for partition in partitions}

    async def offsets_for_times(
        self, timestamps: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, OffsetAndTimestamp | None]:
        """The first record of each that is as young as that; None where all are older."""
        found = {partition: self._log.offset_at(partition, at_ms) for partition, at_ms in timestamps.items()}
        return {
            partition: None if offset is None else OffsetAndTimestamp(offset, timestamps[partition])
            for partition, offset in found.items()
        }

    def assignment(self) -> set[TopicPartition]:
        """What it reads now."""
        return set(self._position)

    def partitions_for_topic(self, topic: str) -> set[int]:
        """Numbers of the topic's partitions."""
        return {number for _, number in self._log.partitions_of(topic)}

    def pause(self, *partitions: TopicPartition) -> None:
        """Afterwards polls give nothing of these partitions."""
        self._check_assigned(*partitions)
        self._paused.update(partitions)

    def paused(self) -> set[TopicPartition]:
        """What is paused."""
        return set(self._paused)

    def resume(self, *partitions: TopicPartition) -> None:
        """Afterwards polls give records of these partitions again."""
        self._paused.difference_update(partitions)
        for partition in partitions:
            self._offer(partition)

    async def give_up(self, partitions: set[TopicPartition]) -> None:
        """Returns when nothing of these partitions is in flight: what was handled is committed."""
        self._leaving |= partitions
        if self._listener is not None:
            await self._listener.on_partitions_revoked(partitions)
        self._wake.set()
        while self._in_flight & partitions and not self._closed:
            self._handled.clear()
            await self._handled.wait()
        self._leaving -= partitions
        self._paused -= partitions
        for partition in partitions:
            self._position.pop(partition, None)
            self._unread.pop(partition, None)

    async def take_on(self, partitions: set[TopicPartition]) -> None:
        """Afterwards it reads these partitions too, from where the group stands."""
        if self._closed:
            return
        for partition in sorted(partitions):
            self._position[partition] = self._start_of(partition)
            self._offer(partition)
        if self._listener is not None:
            await self._listener.on_partitions_assigned(partitions)

    def _start_of(self, partition: TopicPartition) -> int:
        stands = None if self._group_id is None else self._log.committed(self._group_id, partition)
        if stands is not None:
            return stands
        return self._log.first(partition) if self._from_start else self._log.end(partition)

    def _on_touched(self, touched: set[tuple[str, int]]) -> None:
        for name in touched:
            partition = TopicPartition(*name)
            if partition in self._position:
                self._offer(partition)

    def _offer(self, partition: TopicPartition) -> None:
        self._unread[partition] = None
        self._wake.set()

    def _finish_poll(self) -> None:
        if self._auto_commit and self._in_flight and self._group_id is not None:
            consumed = {partition: self._position[partition] for partition in self._in_flight & self._position.keys()}
            self._log.commit(self._group_id, consumed.items())
        self._settle_in_flight()

    def _settle_in_flight(self) -> None:
        self._in_flight.clear()
        self._handled.set()

    def _take(self, limit: int) -> dict[TopicPartition, list[Record]]:
        """Partitions in turn: one with a backlog goes to the end of the queue and does not starve the others."""
        self._wake.clear()
        taken: dict[TopicPartition, list[Record]] = {}
        for partition in list(self._unread):
            if partition in self._paused or partition in self._leaving:
                continue
            try:
                records = self._log.fetch(partition, self._position[partition], limit)
            except LogUnavailable as error:
                if taken:
                    break  # what was read before must be handed out: its position has moved
                raise KafkaConnectionError(str(error)) from error
            del self._unread[partition]
            if len(records) == limit:
                self._unread[partition] = None
            if records:
                self._position[partition] = records[-1].offset + 1
                taken[partition] = [_consumer_record(partition, record) for record in records]
                limit -= len(records)
            if limit == 0:
                break
        self._in_flight.update(taken)
        return taken

    async def _woken(self, timeout_s: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), timeout_s)

    def _check_open(self) -> None:
        if self._closed:
            raise ConsumerStoppedError

    def _check_assigned(self, *partitions: TopicPartition) -> None:
        for partition in partitions:
            if partition not in self._position:
                raise IllegalStateError(f"Partition {partition} is not assigned")


def _consumer_record(partition: TopicPartition, record: StoredRecord) -> Record:
    offset, at_ms, key, value, headers = record
    return ConsumerRecord(
        partition.topic, partition.partition, offset, at_ms, CREATE_TIME, key, value, None,
        len(key or b""), len(value or b""), headers,
    )  # fmt: skip
