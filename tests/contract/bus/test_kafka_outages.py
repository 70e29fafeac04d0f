"""A Kafka that is away costs nothing but time: who publishes hears of it soon, who reads goes on by itself."""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import ProducerClosed
from aiokafka.structs import TopicPartition

from stellarmap_common.adapters.kafka.cluster.producer import WITHIN_S, LastingProducer
from stellarmap_common.errors import PermanentError, TransientError
from stellarmap_common.runtime.clock import SystemClock
from tests.support.bus import (
    QUEUED,
    REQUESTED,
    Handled,
    KafkaBackend,
    OpenedBus,
    asked,
    name_topics,
    on,
    queued,
    until,
    until_read,
)
from tests.support.servers.kafka import KafkaServers, kafka_servers
from tests.support.system import until as until_true

RESUME_S = 15.0
AWAY_S = WITHIN_S + 5
STOPPED_S = 20.0
A_FEW = 6


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[KafkaServers]:
    """A broker of this test's own."""
    with kafka_servers(tmp_path) as servers:
        yield servers


@pytest.fixture
def told(plain_logs: None) -> list[str]:  # noqa: ARG001 - which would be configured over it
    """Names of all warnings and errors of ours."""
    names: list[str] = []

    def keep(_: object, __: str, event: MutableMapping[str, Any]) -> str:
        names.append(event["event"])
        raise structlog.DropEvent

    structlog.configure(processors=[keep], wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    return names


@pytest_asyncio.fixture
async def own(servers: KafkaServers) -> AsyncIterator[OpenedBus]:
    """A bus on it."""
    name_topics("")
    async with KafkaBackend(servers.bootstrap, "").open(clock=SystemClock()) as opened:
        yield opened


async def test_a_broker_that_is_killed_and_comes_back_costs_nothing_but_time(
    servers: KafkaServers, own: OpenedBus, told: list[str]
) -> None:
    handled = Handled()
    async with own.running(on(REQUESTED, handled), on(QUEUED, handled)):
        await own.publish(*(asked(number) for number in range(50)))
        await handled.all(50)
        await asyncio.to_thread(servers.kill)
        began, cpu = time.monotonic(), time.process_time()
        with pytest.raises(TransientError):
            await own.bus.writable()
        assert time.monotonic() - began < 6
        with pytest.raises(TransientError):
            await own.publish(*(queued(number) for number in range(10)))
        assert time.monotonic() - began < AWAY_S
        assert (time.process_time() - cpu) / (time.monotonic() - began) < 0.3, "it waits, and does not spin"
        servers.spawn()
        await asyncio.to_thread(servers.until_ready)
        back = time.monotonic()
        await published(own)
        await handled.all(60)
        await until_read(own)
        assert time.monotonic() - back < RESUME_S
        await own.bus.writable()
        await until(lambda: "broker_back" in told, "it was told", RESUME_S)
    assert {*handled.ids} == {
        *(f"asked-{number}" for number in range(50)),
        *(f"queued-{number}" for number in range(10)),
    }
    assert {"broker_away", "broker_back"} <= set(told)
    assert len(told) <= A_FEW, told


async def published(bus: OpenedBus) -> None:
    """Publishes as a handler does that is tried again."""
    async with asyncio.timeout(RESUME_S):
        while True:
            try:
                await bus.publish(*(queued(number) for number in range(10)))
            except TransientError:
                await asyncio.sleep(0.1)
            else:
                return


@pytest.mark.parametrize("goes", ["kill", "pause"])
async def test_a_bus_stops_soon_although_its_broker_is_away(servers: KafkaServers, goes: str) -> None:
    name_topics("")
    handled = Handled()
    async with KafkaBackend(servers.bootstrap, "").open(clock=SystemClock()) as own:
        async with own.running(on(REQUESTED, handled)):
            await own.publish(asked(1))
            await handled.all(1)
            await until_read(own)
            await asyncio.to_thread(getattr(servers, goes))
            lost = asyncio.create_task(own.publish(asked(2)))
            await asyncio.sleep(0)
            began = time.monotonic()
        assert time.monotonic() - began < RESUME_S
    assert time.monotonic() - began < STOPPED_S
    with pytest.raises(TransientError):
        await lost


async def test_where_no_broker_answers_opening_says_where_it_looked() -> None:
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:1"):
        async with KafkaBackend(("127.0.0.1:1",), "").open():
            pass


async def test_a_missing_topic_is_told_before_anything_waits_for_it(kafka: KafkaBackend, bus: OpenedBus) -> None:
    await kafka.remove()

    async def gone() -> bool:
        return bool(await bus.bus.topics_diff())

    await until_true(gone, within_s=WITHIN_S, what="the topics are gone")
    with pytest.raises(PermanentError, match=r"has no topic .* Run `stellarmap topics apply` first"):
        async with bus.running(on(REQUESTED, Handled())):
            pass
    assert any(REQUESTED.name in line and "missing" in line for line in await bus.bus.topics_diff())


async def test_a_producer_whose_sequence_has_a_gap_is_made_anew(kafka: KafkaBackend) -> None:
    async with kafka.open() as bus:
        await bus.publish(asked(1, "first"))
        producer: LastingProducer = bus.bus._broker.config.producer._producer.producer  # type: ignore[attr-defined]  # inside of the bus
        (record,) = await bus.records(REQUESTED.name)
        inner = producer._inner
        assert inner is not None
        inner._txn_manager.increment_sequence_number(TopicPartition(record.topic, record.partition), 7)
        on_its_way = asyncio.get_running_loop().create_future()  # to another partition, before what fails
        producer._waited_for.append((math.inf, on_its_way))
        with pytest.raises(TransientError, match="OutOfOrder"):
            await bus.publish(asked(1, "second"))
        await bus.publish(asked(1, "second"))
        assert producer._inner is not inner
        assert len(await bus.records(REQUESTED.name)) == 2
        on_its_way.cancel()


async def test_a_producer_that_is_made_anew_while_its_bus_stops_is_closed_too(kafka: KafkaBackend) -> None:
    may_start, made = asyncio.Event(), list[AIOKafkaProducer]()

    class SlowProducer(AIOKafkaProducer):
        async def start(self) -> None:
            made.append(self)
            await super().start()  # type: ignore[no-untyped-call]  # aiokafka gives it no types
            await may_start.wait()

    make: Callable[..., AIOKafkaProducer] = SlowProducer
    producer = LastingProducer(partial(make, bootstrap_servers=list(kafka.bootstrap)))
    may_start.set()
    await producer.start()
    may_start.clear()
    producer._beyond_help = True
    sending = asyncio.create_task(producer.send(REQUESTED.name, value=b"late"))
    await until(lambda: len(made) > 1, "another one is made")
    await producer.stop()
    may_start.set()
    with pytest.raises(ProducerClosed):
        await sending
    assert [each._closed for each in made] == [True, True]


@pytest.fixture
def backend(kafka: KafkaBackend) -> KafkaBackend:
    """Of Kafka alone."""
    return kafka
