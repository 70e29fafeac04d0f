"""What is told of topics on Kafka to those who do not consume them: lag, dead letters, how topics differ from the table."""

import time
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.kafka.cluster.bus import open_kafka_bus
from stellarmap_common.adapters.kafka.cluster.view import KafkaLogView
from stellarmap_common.errors import SourceRejected
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.events.topics import dead_letter_topic
from stellarmap_common.observability.metrics import open_metrics
from stellarmap_common.runtime.clock import SystemClock
from tests.support.bus import GROUP, REQUESTED, TOPICS, Handled, KafkaBackend, OpenedBus, asked, on, until_read

_as_it_is = KafkaLogView.standings  # the tests' fixture replaces it


@pytest.fixture
def backend(kafka: KafkaBackend) -> KafkaBackend:
    """Of Kafka alone."""
    return kafka


async def test_the_gateway_sees_what_other_processes_have_not_read(backend: KafkaBackend, bus: OpenedBus) -> None:
    await bus.publish(*(asked(number) for number in range(30)))
    async with backend.open() as gateway:
        assert await gateway.bus.backlog.unread(GROUP, REQUESTED.name) == 30
        assert await gateway.bus.backlog.oldest_unread(GROUP) is not None
        async with bus.running(on(REQUESTED, Handled())):
            await until_read(bus)
        assert await gateway.bus.backlog.unread(GROUP, REQUESTED.name) == 0
        assert await gateway.bus.backlog.oldest_unread(GROUP) is None


async def test_however_many_ask_the_brokers_are_asked_once_a_second(
    backend: KafkaBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KafkaLogView, "standings", _as_it_is)
    asked_brokers: list[float] = []
    original = KafkaLogView._standings

    async def counted(self: KafkaLogView, group: str, topic: str) -> object:
        asked_brokers.append(time.monotonic())
        return await original(self, group, topic)

    monkeypatch.setattr(KafkaLogView, "_standings", counted)
    async with backend.open(clock=SystemClock()) as bus:
        began = time.monotonic()
        for _ in range(50):
            await bus.bus.backlog.unread(GROUP, REQUESTED.name)
        assert len(asked_brokers) <= 1 + (time.monotonic() - began) / 0.9


async def test_dead_letters_are_looked_at_and_replayed_without_a_running_bus(
    backend: KafkaBackend, bus: OpenedBus
) -> None:
    mended = False

    async def refuse(_: AccountRequested) -> None:
        if not mended:
            raise SourceRejected("not yet")

    handled = Handled(refuse)
    async with bus.running(on(REQUESTED, handled)):
        await bus.publish(*(asked(number) for number in range(3)))
        await until_read(bus)
        async with backend.open() as beside:
            letters = beside.bus.dead_letters
            (newest, *_), found = await letters.entries(limit=1), await letters.entries()
            assert (len(found), found[0]) == (3, newest)
            assert newest.topic == dead_letter_topic(REQUESTED, GROUP)
            mended = True
            assert await letters.replay([newest.id]) == ()
            await handled.all(1)
            again = await letters.entry(*newest.id)
            assert again is not None
            assert again.replayed_at is not None


async def test_replication_and_in_sync_replicas_are_compared_too(backend: KafkaBackend, bus: OpenedBus) -> None:
    assert await bus.bus.topics_diff() == ()
    wanted = replace(backend.access, replication=3, min_isr=2)
    async with open_kafka_bus(
        wanted,
        clock=SystemClock(),
        metrics=open_metrics(CollectorRegistry()),
        accepts=lambda _: True,
        topics=TOPICS,
    ) as other:
        told = await other.topics_diff()
    assert f"{REQUESTED.name}: 1 replicas, the settings say 3" in told
    assert f"{REQUESTED.name}: min.insync.replicas is 1, the settings say 2" in told
