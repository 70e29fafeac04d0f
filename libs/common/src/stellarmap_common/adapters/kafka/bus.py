"""The bus: topics, the way out, and subscriptions run over a FastStream broker. The broker alone knows the mode."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from faststream.kafka.prometheus import KafkaPrometheusMiddleware
from faststream.kafka.schemas import Topic as KafkaTopic
from faststream.middlewares import AckPolicy

from stellarmap_common.adapters.kafka.broadcast import BroadcastSubscriber
from stellarmap_common.adapters.kafka.dead_letters import DeadLetterBox
from stellarmap_common.adapters.kafka.decoding import Accepts, EventDecoder, Record
from stellarmap_common.adapters.kafka.fate import Fate
from stellarmap_common.adapters.kafka.joining import Joining
from stellarmap_common.adapters.kafka.lanes import Lags, Lanes
from stellarmap_common.adapters.kafka.publisher import KafkaPublisher
from stellarmap_common.adapters.kafka.reread import open_rereader
from stellarmap_common.adapters.kafka.topics import Durability, apply_topics, topics_diff, wanted_topics
from stellarmap_common.adapters.kafka.work import WorkSubscriber
from stellarmap_common.errors import PermanentError, TransientError
from stellarmap_common.events.topics import Topic, dead_letter_topic, replay_topic
from stellarmap_common.observability.metrics import Metrics
from stellarmap_common.ports.backlog import Backlog
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.dead_letters import DeadLetters
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.ports.subscription import Subscription

log = structlog.get_logger(__name__)

DRAIN_S = 20.0
BATCH_TIMEOUT_MS = 5  # FastStream sleeps this long after a poll that gave nothing
MOST_BROADCAST_RECORDS = 100
POLL_INTERVAL_MS = 15 * 60 * 1_000  # a subscription that makes way for another, or whose sources are down, is alive

Runner = WorkSubscriber | BroadcastSubscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class BusParts:
    """What a bus is made of, besides its broker: the rest of what differs between the modes."""

    topics: Sequence[Topic]
    clock: Clock
    metrics: Metrics
    accepts: Accepts  # which network keys this installation knows
    lags: Lags
    backlog: Backlog
    dead_letters: DeadLetters
    writable: Callable[[], Awaitable[None]]
    works: list[WorkSubscriber]  # those that run: what they have handled is read before it is committed
    durability: Durability | None = None
    joining: Joining = field(default_factory=Joining)


class Bus:
    """An opened bus. Publishing works at once; `running` runs subscriptions."""

    def __init__(self, broker: KafkaBroker, parts: BusParts) -> None:
        self._broker = broker
        self._parts = parts
        self._wanted = wanted_topics(parts.topics, parts.durability)
        self._by_event = {topic.event: topic for topic in parts.topics}
        self._running = 0
        self.publisher: EventPublisher = self.publisher_as(None)
        self.backlog: Backlog = parts.backlog
        self.dead_letters: DeadLetters = parts.dead_letters

    def publisher_as(self, source: str | None) -> EventPublisher:
        """A publisher that names this service as the source of what is published outside of a handler."""
        return KafkaPublisher(self._broker, self._parts.clock, source, lambda event: self._by_event[type(event)])

    async def apply_topics(self) -> tuple[str, ...]:
        """Afterwards every topic of the table exists, with the dead-letter and replay topics of each group. The new names.

        Raises: TransientError.
        """
        async with self._parts.joining.answered("create its topics"):
            return await apply_topics(self._broker, self._wanted)

    async def topics_diff(self) -> tuple[str, ...]:
        """One line for each way in which the broker differs from the table. Raises: TransientError."""
        async with self._parts.joining.answered("tell its topics"):
            return await topics_diff(self._broker, self._wanted)

    async def writable(self) -> None:
        """Returns once an event could be published and an offset committed. Raises: TransientError."""
        await self._parts.writable()

    @property
    def ready(self) -> bool:
        """True while subscriptions run: all their consumers have joined."""
        return self._running > 0

    @property
    def waits(self) -> bool:
        """Never: it is opened."""
        return False

    @asynccontextmanager
    async def running(
        self, subscriptions: Iterable[Subscription], settled: Callable[[], Awaitable[None]] | None = None
    ) -> AsyncIterator[None]:
        """While open, the subscriptions run. At the end what is in flight is finished, for at most 20 s, and committed.

        `settled` returns once all that handlers have written is durable: offsets are committed after that.
        """
        runners = [self._open(subscription) for subscription in subscriptions]
        works = [runner for runner, _ in runners if isinstance(runner, WorkSubscriber)]
        for work in works:
            work.settled = settled or work.settled
        self._parts.works.extend(works)
        keeper = asyncio.create_task(self._keep_lanes(works), name="lanes")
        try:
            await self._start(runners)
            self._running += 1
            try:
                yield
            finally:
                self._running -= 1
        finally:
            keeper.cancel()
            for runner, _ in runners:
                if isinstance(runner, BroadcastSubscriber):
                    runner.stop()
            await asyncio.gather(*(work.drain() for work in works))
            for work in works:
                self._parts.works.remove(work)
            await asyncio.gather(*(subscriber.stop() for _, subscriber in runners))

    async def _start(self, runners: Sequence[tuple[Runner, Any]]) -> None:
        """Afterwards all have joined. Raises: PermanentError (a topic is missing), TransientError."""
        joining = self._parts.joining
        if missing := await joining.missing([name for _, each in runners for name in each.topic_names_for_subscribe]):
            raise PermanentError(f"Kafka has no topic {', '.join(missing)}. Run `stellarmap topics apply` first.")
        try:
            async with asyncio.timeout(joining.start_s):
                for runner, subscriber in runners:
                    await subscriber.start()
                    if isinstance(runner, BroadcastSubscriber):
                        await runner.place(subscriber.consumer)
        except TimeoutError:
            raise TransientError(f"the subscriptions could not join within {joining.start_s:g} s") from None
        except KafkaError as error:
            raise TransientError(f"the subscriptions could not join: {error!r}") from error

    def _open(self, subscription: Subscription) -> tuple[Runner, Any]:
        decoder = EventDecoder(subscription.topic, self._parts.accepts)
        if subscription.group is None:
            return self._open_broadcast(subscription, decoder)
        return self._open_work(subscription, subscription.group, decoder)

    def _open_work(self, subscription: Subscription, group: str, decoder: EventDecoder) -> tuple[Runner, Any]:
        if group not in subscription.topic.consumers:
            raise ValueError(f"{subscription.topic.name} is not read by {group}: add it to the table of topics")
        clock, metrics = self._parts.clock, self._parts.metrics
        box = DeadLetterBox(self._broker, clock, group, dead_letter_topic(subscription.topic, group))
        fate = Fate(subscription, clock, metrics, box.put)
        topics = (subscription.topic.name, replay_topic(subscription.topic, group))
        reread = partial(open_rereader, self._broker.config.broker_config.builder, *topics)
        joining = self._parts.joining
        work = WorkSubscriber(
            subscription, decoder, fate, clock, reread=reread, drain_s=DRAIN_S, commit_s=joining.commit_s
        )
        subscriber = self._subscribe(
            work,
            *topics,
            auto_offset_reset="earliest",
            max_records=subscription.records,
            max_poll_interval_ms=POLL_INTERVAL_MS,
            listener=work,
            **joining.options(subscription.topic.name, group),
        )
        work.consumer = lambda: subscriber.consumer
        return work, subscriber

    def _open_broadcast(self, subscription: Subscription, decoder: EventDecoder) -> tuple[Runner, Any]:
        retried = self._parts.metrics.events_retried.labels("", subscription.topic.name).inc
        broadcast = BroadcastSubscriber(subscription, decoder, self._parts.clock, retried)
        subscriber = self._subscribe(
            broadcast, subscription.topic.name, auto_offset_reset="latest", max_records=MOST_BROADCAST_RECORDS
        )
        return broadcast, subscriber

    def _subscribe(self, runner: Runner, *topics: str, **options: Any) -> Any:  # noqa: ANN401 - FastStream's subscriber
        # Both are coroutines: FastStream gives anything else to a thread, and waits for it.
        async def parse(batch: tuple[Record, ...]) -> KafkaAckableMessage:
            # FastStream's own parser gives up on a header that is not UTF-8, and with it on the whole batch.
            body = [record.value or b"" for record in batch]
            return KafkaAckableMessage(raw_message=batch, body=body, consumer=runner)

        subscriber = self._broker.subscriber(
            *(KafkaTopic(name, declare=False) for name in topics),  # the table of topics creates them, nobody else
            batch=True,
            batch_timeout_ms=BATCH_TIMEOUT_MS,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            parser=parse,
            decoder=_as_records,
            no_reply=True,
            persistent=False,
            **options,
        )
        subscriber(runner.accept)
        return subscriber

    async def _keep_lanes(self, works: Sequence[WorkSubscriber]) -> None:
        parts = self._parts
        await Lanes(parts.lags, parts.backlog, parts.metrics, parts.clock).keep(works)


async def _as_records(message: KafkaAckableMessage) -> object:
    return message.raw_message


def broker_options(metrics: Metrics) -> dict[str, Any]:
    """What FastStream's broker is told in both modes."""
    return {
        "apply_types": False,
        "middlewares": [KafkaPrometheusMiddleware(registry=metrics.registry, app_name="stellarmap")],
        "graceful_timeout": DRAIN_S,
        "id_generator": _no_id,
        "logger": _faststream_log(),
        "log_level": logging.DEBUG,  # of what it tells of every record
    }


def _faststream_log() -> logging.Logger:
    """FastStream's logger, told in the form of all others, and only of what is wrong.

    It warns of each subscription that it creates no topics, and tells of each partition. When it is imported it gives its
    logger a handler of its own, which writes lines of another form beside ours.
    """
    logger = logging.getLogger("faststream")
    logger.handlers.clear()
    logger.propagate = True
    logger.setLevel(logging.ERROR)
    return logger


def _no_id() -> str:
    """Our events carry their own correlation id."""
    return ""
