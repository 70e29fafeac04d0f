"""What tests of the bus need: events of made accounts, a clock that hurries, and a bus of some backend."""

import asyncio
import heapq
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition
from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.kafka.bus import Bus
from stellarmap_common.adapters.kafka.cluster.access import KafkaAccess
from stellarmap_common.adapters.kafka.cluster.bus import open_kafka_bus
from stellarmap_common.adapters.kafka.decoding import Record
from stellarmap_common.adapters.kafka.embedded.broker import EmbeddedKafkaBroker
from stellarmap_common.adapters.kafka.embedded.bus import open_embedded_bus
from stellarmap_common.adapters.kafka.topics import wanted_topics
from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.status import Lane
from stellarmap_common.domain.strkey import StrkeyKind, encode_strkey
from stellarmap_common.errors import TransientError
from stellarmap_common.events import topics as table
from stellarmap_common.events.base import Event
from stellarmap_common.events.requests import AccountQueued, AccountRequested
from stellarmap_common.events.topics import ACCOUNT_QUEUED, ACCOUNT_REQUESTED, CHILD_DISCOVERED, Topic
from stellarmap_common.observability.metrics import Metrics, open_metrics
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.subscription import Subscription

SANDBOX = NetworkKey("sandbox-1-100")
PUBLIC = NetworkKey("public")
GROUP = "tested"
OTHER_GROUP = "other"
WITHIN_S = 20.0
LOOK_S = 0.002
AT_THE_END_MS = 2**45


FEW_PARTITIONS = 6


def _read_by_tests(topic: Topic, partitions: int = FEW_PARTITIONS) -> Topic:
    return replace(topic, consumers=(GROUP, OTHER_GROUP), partitions=partitions)


REQUESTED = _read_by_tests(ACCOUNT_REQUESTED, ACCOUNT_REQUESTED.partitions)
QUEUED = _read_by_tests(ACCOUNT_QUEUED)
DISCOVERED = _read_by_tests(CHILD_DISCOVERED)
LIVE = replace(table.LIVE)
TOPICS = (REQUESTED, QUEUED, DISCOVERED, LIVE)


def name_topics(prefix: str) -> None:
    """Afterwards the topics of these tests bear names of their own: a broker that tests share keeps what each wrote."""
    for topic in TOPICS:
        object.__setattr__(
            topic, "name", f"{prefix}{topic.event.type}"
        )  # the one thing of theirs that a test may choose


class HurriedClock:
    """Waits pass `speed` times as fast as they say; the time of day is the real one."""

    def __init__(self, speed: float = 50.0) -> None:
        self._speed = speed

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic() * self._speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)


class SteppedClock:
    """Time that stands still until a test lets it pass; those who wait in it are woken in the order of their waits."""

    def __init__(self) -> None:
        self._at = 0.0
        self._waits: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = count()

    def now(self) -> datetime:
        return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=self._at)

    def monotonic(self) -> float:
        return self._at

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waits, (self._at + seconds, next(self._number), woken))
        await woken

    async def pass_time(self, seconds: float, step_s: float = 2.0) -> None:
        """Afterwards so much time has passed, in steps that everybody has a moment to act on."""
        for _ in range(round(seconds / step_s)):
            self._at += step_s
            while self._waits and self._waits[0][0] <= self._at:
                woken = heapq.heappop(self._waits)[2]
                if not woken.done():
                    woken.set_result(None)
            await asyncio.sleep(LOOK_S)

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """While open, time passes by itself."""

        async def passes() -> None:
            while True:
                await self.pass_time(2)

        task = asyncio.create_task(passes())
        try:
            yield
        finally:
            task.cancel()


def address(number: int) -> Address:
    """The account of that number."""
    return Address(encode_strkey(StrkeyKind.ACCOUNT, number.to_bytes(32, "big")))


def asked(number: int, event_id: str | None = None, network: NetworkKey = SANDBOX) -> AccountRequested:
    """A step is asked for account `number`."""
    return AccountRequested(id=event_id or f"asked-{number}", network=network, account=address(number))


def queued(number: int, network: NetworkKey = SANDBOX) -> AccountQueued:
    """The same in the second lane."""
    return AccountQueued(id=f"queued-{number}", network=network, account=address(number))


class BusBackend(Protocol):
    """Where a bus lives: opened again, it has what was published and committed."""

    @property
    def spec(self) -> str:
        """How tests/support/bus_process.py is told of it."""
        ...

    def open(self, *, clock: Clock | None = None) -> AbstractAsyncContextManager["OpenedBus"]:
        """A bus with the topics of these tests."""
        ...


@dataclass(frozen=True, slots=True)
class OpenedBus:
    """A bus, and what it counts."""

    bus: Bus
    metrics: Metrics

    async def publish(self, *events: Event) -> None:
        await self.bus.publisher.publish(*events)

    def running(self, *subscriptions: Subscription) -> AbstractAsyncContextManager[None]:
        return self.bus.running(subscriptions)

    async def put(
        self,
        topic: Topic,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]],
        key: bytes | None = b"poison",
        partition: int | None = None,
    ) -> None:
        """Writes a record past our own publisher, as any producer can."""
        producer = self.bus._broker.config.producer._producer.producer  # type: ignore[attr-defined]
        await (await producer.send(topic.name, value=value, key=key, headers=list(headers), partition=partition))

    async def records(self, topic: str) -> list[Record]:
        """Every record of the topic, each partition in order."""
        consumer: Any = self.bus._broker.config.broker_config.builder(group_id=None, auto_offset_reset="earliest")
        consumer.subscribe([topic])
        await consumer.start()
        try:
            partitions = consumer.assignment()
            ends = await consumer.end_offsets(partitions)
            found: list[Record] = []
            while any([await consumer.position(where) < ends[where] for where in partitions]):
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    found += records
            return found
        finally:
            await consumer.stop()

    async def remove_records(self, topic: Topic) -> None:
        """Afterwards the topic has none of its records any more, as after its retention."""
        broker: Any = self.bus._broker
        if isinstance(broker, EmbeddedKafkaBroker):
            await broker._log.sweep(AT_THE_END_MS)
            return
        partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        admin = broker.config.broker_config.admin_client
        await admin._client._wait_on_metadata(topic.name)  # else it knows no leader to ask
        await admin.delete_records(dict.fromkeys(partitions, RecordsToDelete(-1)))  # type: ignore[no-untyped-call]  # no types

    def counted(self, name: str, **labels: str) -> float:
        """The value of a counter."""
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    def lag_told(self, topic: Topic, group: str = GROUP) -> float:
        """The lag of the group in all partitions of the topic, as the metrics tell it."""
        of = {"group": group, "topic": topic.name}
        return sum(
            self.counted("stellarmap_consumer_lag", **of, partition=f"{number}") for number in range(topic.partitions)
        )


@dataclass(frozen=True, slots=True)
class EmbeddedBackend:
    """Logs in a folder."""

    folder: Path
    networks: frozenset[NetworkKey] = frozenset({SANDBOX, PUBLIC})

    @property
    def path(self) -> Path:
        return self.folder / "log.sqlite"

    @property
    def spec(self) -> str:
        return f"embedded:{self.folder}"

    @asynccontextmanager
    async def open(self, *, clock: Clock | None = None) -> AsyncIterator[OpenedBus]:
        metrics = open_metrics(CollectorRegistry())
        async with open_embedded_bus(
            self.path,
            clock=clock or HurriedClock(),
            metrics=metrics,
            accepts=self.networks.__contains__,
            topics=TOPICS,
        ) as bus:
            await bus.apply_topics()
            yield OpenedBus(bus, metrics)


@dataclass(frozen=True, slots=True)
class KafkaBackend:
    """Topics of one test on Kafka, told from those of others by their prefix."""

    bootstrap: tuple[str, ...]
    prefix: str
    instance_id: str = ""
    networks: frozenset[NetworkKey] = frozenset({SANDBOX, PUBLIC})

    @property
    def access(self) -> KafkaAccess:
        return KafkaAccess(bootstrap_servers=self.bootstrap, instance_id=self.instance_id)

    @property
    def spec(self) -> str:
        return f"kafka:{self.prefix}:{','.join(self.bootstrap)}"

    @asynccontextmanager
    async def open(self, *, clock: Clock | None = None) -> AsyncIterator[OpenedBus]:
        metrics = open_metrics(CollectorRegistry())
        async with open_kafka_bus(
            self.access,
            clock=clock or HurriedClock(),
            metrics=metrics,
            accepts=self.networks.__contains__,
            topics=TOPICS,
        ) as bus:
            await bus.apply_topics()
            yield OpenedBus(bus, metrics)

    async def remove(self) -> None:
        """Afterwards its topics are gone."""
        admin = AIOKafkaAdminClient(bootstrap_servers=list(self.bootstrap))
        await admin.start()  # type: ignore[no-untyped-call]  # aiokafka gives it no types
        try:
            await admin.delete_topics([topic.name for topic in wanted_topics(TOPICS)])
        finally:
            await admin.close()  # type: ignore[no-untyped-call]  # nor it


def backend_of(spec: str) -> BusBackend:
    """The backend that another process was told of."""
    kind, _, where = spec.partition(":")
    if kind == "embedded":
        return EmbeddedBackend(Path(where))
    prefix, _, bootstrap = where.partition(":")
    name_topics(prefix)
    return KafkaBackend(tuple(bootstrap.split(",")), prefix)


Handler = Callable[[Any], Awaitable[None]]


@dataclass(slots=True)
class Handled:
    """A handler that remembers what it handled to the end. `first` runs before it does."""

    first: Handler | None = None
    events: list[Any] = field(default_factory=list)
    calls: list[Any] = field(default_factory=list)

    async def __call__(self, event: Any) -> None:
        self.calls.append(event)
        if self.first is not None:
            await self.first(event)
        self.events.append(event)

    @property
    def ids(self) -> list[str]:
        return [event.id for event in self.events]

    @property
    def by_account(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for event in self.events:
            found[event.account].append(event.id)
        return dict(found)

    @property
    def by_key(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for event in self.events:
            found[event.key].append(event.id)
        return dict(found)

    async def all(self, count: int, within_s: float = WITHIN_S) -> None:
        """Returns when `count` events are handled."""
        await until(lambda: len(self.events) >= count, f"{count} events handled", within_s)


def on(
    topic: Topic,
    handler: Callable[..., Awaitable[None]],
    *,
    group: str | None = GROUP,
    lane: Lane = Lane.USER,
    records: int = 100,
    **more: Any,
) -> Subscription:
    """One row."""
    return Subscription(topic=topic, handler=handler, group=group, lane=lane, records=records, **more)


async def until(fact: Callable[[], object], what: str, within_s: float = WITHIN_S) -> None:
    """Returns when `fact()` is true. Fails when it is not in time."""
    end = time.monotonic() + within_s
    while not fact():
        assert time.monotonic() < end, f"not within {within_s} s: {what}"
        await asyncio.sleep(LOOK_S)


async def until_read(
    opened: OpenedBus, group: str = GROUP, topics: Sequence[Topic] = TOPICS, within_s: float = WITHIN_S
) -> None:
    """Returns when the group has committed everything of these topics."""

    async def read() -> bool:
        try:
            return not any([any((await opened.bus._parts.lags(group, topic.name)).values()) for topic in topics])
        except TransientError:
            return False  # while the broker is away

    end = time.monotonic() + within_s
    while not await read():
        assert time.monotonic() < end, f"not within {within_s} s: {group} has read everything"
        await asyncio.sleep(LOOK_S)
