"""Publishes events as CloudEvents in binary mode: the value is the event, everything about it is in headers."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby, islice
from typing import Any

import msgspec
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from stellarmap_common.adapters.kafka.cause import Cause, handled_now, next_traceparent
from stellarmap_common.adapters.kafka.outgoing import Confirmation, Outgoing, abandon, durable
from stellarmap_common.errors import InvalidEvent, TransientError
from stellarmap_common.events.base import Event
from stellarmap_common.events.topics import Topic, topic_of
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.ports.clock import Clock

MOST_BYTES = 256 * 1024
TOGETHER = 1_000  # events of one command: all of it is in memory twice while it leaves

Headers = list[tuple[str, bytes]]

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
            for topic, told in groupby(events, self._topic_of):
                about_all = self._about_all(topic, cause, trace, now)
                while part := [_outgoing(event, topic, cause, about_all) for event in islice(told, TOGETHER)]:
                    confirmations: Any = await self._broker.publish_batch(  # as our producer gives them
                        *part, topic=topic.name, timestamp_ms=int(now.timestamp() * 1_000), no_confirm=True
                    )
                    sent += confirmations
                    if len(part) == TOGETHER:
                        await asyncio.sleep(0)  # others have their turn
        except BaseException as error:
            abandon(sent)
            if isinstance(error, KafkaError):
                raise TransientError(f"{len(events)} events could not all be published: {error!r}") from error
            raise
        return sent

    def _about_all(self, topic: Topic, cause: Cause | None, trace: str, now: datetime) -> Headers:
        """The headers that are the same for all that is published of a topic together."""
        source = cause.group if cause else self._source or topic.producers[0]
        return [
            ("ce_specversion", b"1.0"),
            ("ce_type", topic.event.type.encode()),
            ("ce_source", source.encode()),
            ("ce_time", now.isoformat().replace("+00:00", "Z").encode()),
            ("content-type", b"application/json"),
            ("traceparent", trace.encode()),
        ]


def _outgoing(event: Event, topic: Topic, cause: Cause | None, about_all: Headers) -> Outgoing:
    if not event.id:
        raise InvalidEvent(f"an event of {topic.name} without an id cannot be told from its repetition")
    value = _encode(msgspec.structs.replace(event, id=""))
    if len(value) > MOST_BYTES:
        raise InvalidEvent(f"event {event.id} of {topic.name} has {len(value):,} bytes; at most {MOST_BYTES:,} travel")
    headers = [
        *about_all,
        ("ce_id", event.id.encode()),
        ("ce_subject", event.subject.encode()),
        ("ce_correlationid", event.correlation_id.encode()),
    ]
    if causation_id := event.causation_id or (cause.event_id if cause else ""):
        headers.append(("ce_causationid", causation_id.encode()))
    return Outgoing(event.key.encode(), value, headers)
