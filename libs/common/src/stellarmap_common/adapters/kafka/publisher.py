"""Publishes events as CloudEvents in binary mode: the value is the event, everything about it is in headers."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata
from faststream.kafka import KafkaBroker

from stellarmap_common.adapters.kafka.cause import Cause, handled_now, next_traceparent
from stellarmap_common.errors import InvalidEvent, TransientError
from stellarmap_common.events.base import Event
from stellarmap_common.events.topics import Topic, topic_of
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.ports.clock import Clock

MOST_BYTES = 256 * 1024

Confirmation = asyncio.Future[RecordMetadata]

_encode = msgspec.json.Encoder().encode


class KafkaPublisher:
    """Publishes through a broker. `source` is who publishes outside of a handler; inside one it is the handling service."""

    def __init__(
        self,
        broker: KafkaBroker,
        clock: Clock,
        source: str | None = None,
        topic_of: Callable[[Event], Topic] = topic_of,
    ) -> None:
        self._broker = broker
        self._clock = clock
        self._source = source
        self._topic_of = topic_of

    async def publish(self, *events: Event) -> None:
        """Afterwards every event is durable, in this order per key.

        Raises: TransientError (some may be published; publish all again), InvalidEvent (no id, or over 256 KB).
        """
        if not events:
            return
        await durable(await self._on_their_way(events))
        failpoint("after_publish")

    async def send(self, *events: Event) -> None:
        """Afterwards the events are on their way; the record at hand is not done before they are durable.

        Raises: as `publish`.
        """
        cause = handled_now.get()
        if cause is None:
            await self.publish(*events)
        else:
            cause.unconfirmed.extend(await self._on_their_way(events))

    async def _on_their_way(self, events: Sequence[Event]) -> list[Confirmation]:
        """Each sent after the one before it, for the order; they are awaited together, for one wait on the disk."""
        cause = handled_now.get()
        now = self._clock.now()
        trace = next_traceparent(cause.traceparent if cause else None)
        sent: list[Confirmation] = []
        try:
            for event in events:
                sent.append(await self._send(event, cause, trace, now))  # noqa: PERF401 - those before an error are needed
        except BaseException as error:
            abandon(sent)
            if isinstance(error, KafkaError):
                raise TransientError(f"{len(events)} events could not all be published: {error!r}") from error
            raise
        return sent

    async def _send(self, event: Event, cause: Cause | None, trace: str, now: datetime) -> Confirmation:
        topic = self._topic_of(event)
        if not event.id:
            raise InvalidEvent(f"an event of {topic.name} without an id cannot be told from its repetition")
        value = _encode(msgspec.structs.replace(event, id=""))
        if len(value) > MOST_BYTES:
            raise InvalidEvent(
                f"event {event.id} of {topic.name} has {len(value):,} bytes; at most {MOST_BYTES:,} travel"
            )
        return await self._broker.publish(
            value,
            topic.name,
            key=event.key.encode(),
            timestamp_ms=int(now.timestamp() * 1_000),
            headers=self._headers(event, topic, cause, trace, now),
            no_confirm=True,
        )

    def _headers(self, event: Event, topic: Topic, cause: Cause | None, trace: str, now: datetime) -> dict[str, str]:
        headers = {
            "ce_specversion": "1.0",
            "ce_id": event.id,
            "ce_type": event.type,
            "ce_source": cause.group if cause else self._source or topic.producers[0],
            "ce_subject": event.subject,
            "ce_time": now.isoformat().replace("+00:00", "Z"),
            "content-type": "application/json",
            "ce_correlationid": event.correlation_id,
            "traceparent": trace,
        }
        if causation_id := event.causation_id or (cause.event_id if cause else ""):
            headers["ce_causationid"] = causation_id
        return headers


def abandon(confirmations: Iterable[Confirmation]) -> None:
    """Afterwards nobody waits for them: who sent them sends all again."""
    for confirmation in confirmations:
        confirmation.add_done_callback(_seen)


def _seen(confirmation: Confirmation) -> None:
    if not confirmation.cancelled():
        confirmation.exception()  # else asyncio tells of one that was never retrieved


async def durable(confirmations: Sequence[Confirmation]) -> None:
    """Returns when all of them are confirmed. Raises: TransientError, when one is not."""
    outcomes = await asyncio.gather(*confirmations, return_exceptions=True)
    failed = next((outcome for outcome in outcomes if isinstance(outcome, BaseException)), None)
    if isinstance(failed, KafkaError):
        raise TransientError(f"{len(outcomes)} events could not all be published: {failed!r}") from failed
    if failed is not None:
        raise failed
