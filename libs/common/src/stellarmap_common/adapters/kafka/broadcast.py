"""A broadcast subscription: every process reads all of it, in order, and commits nothing.

No dead letter: what cannot be handled is told in the log and passed over. What fails for its source's sake is tried until
it succeeds, because the records behind it are in order.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import structlog
from aiokafka.structs import TopicPartition

from stellarmap_common.adapters.kafka.attempts import IN_PLACE_S, UntilStopped, tried
from stellarmap_common.adapters.kafka.decoding import EventDecoder, Record
from stellarmap_common.errors import InvalidEvent, TransientError
from stellarmap_common.events.base import Event
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.subscription import Subscription

log = structlog.get_logger(__name__)


class SeekableConsumer(Protocol):
    """The consumer of a broadcast, as far as it is needed here."""

    def assignment(self) -> set[TopicPartition]:
        """What it reads."""
        ...

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Offset the next record of each will have."""
        ...

    async def offsets_for_times(self, timestamps: Mapping[TopicPartition, int]) -> dict[TopicPartition, Any]:
        """The first record of each that is as young as that."""
        ...

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Afterwards the record at `offset` is read next."""
        ...

    def pause(self, *partitions: TopicPartition) -> None:
        """Afterwards nothing of these is read."""
        ...

    def resume(self, *partitions: TopicPartition) -> None:
        """Afterwards it is."""
        ...


class BroadcastSubscriber:
    """Runs one broadcast."""

    def __init__(
        self, subscription: Subscription, decoder: EventDecoder, clock: Clock, retried: Callable[[], None]
    ) -> None:
        self.subscription = subscription
        self._decoder = decoder
        self._clock = clock
        self._retried = retried
        self._stopped = asyncio.Event()

    async def place(self, consumer: SeekableConsumer) -> None:
        """Afterwards it reads from where it should: everything published from now on, and what `read_back_s` covers.

        Called as soon as the consumer has started, before its loop had a turn: nothing is read from a wrong place first.
        """
        partitions = sorted(consumer.assignment())
        consumer.pause(*partitions)
        start = await consumer.end_offsets(partitions)
        if self.subscription.read_back_s:
            since_ms = int((self._clock.now().timestamp() - self.subscription.read_back_s) * 1_000)
            found = await consumer.offsets_for_times(dict.fromkeys(partitions, since_ms))
            start |= {partition: at.offset for partition, at in found.items() if at is not None}
        for partition, offset in start.items():
            consumer.seek(partition, offset)
        consumer.resume(*partitions)

    async def accept(self, batch: Sequence[Record]) -> None:
        """Handles the records in their order."""
        for record in batch:
            if self._stopped.is_set():
                return
            await self._handle(record)

    async def commit(self) -> None:
        """Nothing is committed."""

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Nothing is read again."""

    def stop(self) -> None:
        """Afterwards no further record is handled."""
        self._stopped.set()

    async def _handle(self, record: Record) -> None:
        try:
            event = self._decoder.decode(record).event
        except InvalidEvent as invalid:
            log.error("broadcast_passed_over", **_place(record), reason=str(invalid))  # noqa: TRY400 - that says all
            return
        structlog.contextvars.bind_contextvars(correlation_id=event.correlation_id)
        call = partial(self._call, event, record)
        while not self._stopped.is_set():
            problem = await tried(
                call,
                UntilStopped(self._clock, self._stopped),
                within_s=IN_PLACE_S,
                goes_on=lambda _: not self._stopped.is_set(),
                retried=self._retried,
            )
            if not isinstance(problem, TransientError):
                if problem is not None:
                    log.error("broadcast_passed_over", **_place(record), exc_info=problem)
                return
            log.warning("broadcast_waits", **_place(record), error=str(problem))

    async def _call(self, event: Event, record: Record) -> None:
        if self.subscription.with_offset:
            await self.subscription.handler(event, record.offset)
        else:
            await self.subscription.handler(event)


def _place(record: Record) -> dict[str, object]:
    return {"topic": record.topic, "partition": record.partition, "offset": record.offset}
