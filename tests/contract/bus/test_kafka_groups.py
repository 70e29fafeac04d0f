"""Groups on Kafka: members that come, go, stand still and come back, and nothing is lost, stuck or out of order."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from stellarmap_common.adapters.kafka.cluster.joining import SESSION_MS
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.runtime.clock import SystemClock
from tests.support.bus import REQUESTED, Handled, KafkaBackend, OpenedBus, asked, on, until, until_read

ROOT = Path(__file__).parents[3]
KEYS = 40
MEMBERS = 6
TURN_S = 1.0
TIMES = 20  # a turn, so that as many are published on a fast machine as on a slow one


@pytest.fixture
def backend(kafka: KafkaBackend) -> KafkaBackend:
    """Of Kafka alone."""
    return kafka


@dataclass(slots=True)
class Member:
    """A process of the group, and what it has told."""

    process: asyncio.subprocess.Process
    joined: asyncio.Event = field(default_factory=asyncio.Event)
    handled: list[str] = field(default_factory=list)

    async def listen(self) -> None:
        assert self.process.stdout is not None
        while line := (await self.process.stdout.readline()).decode():
            word, *ids = line.split()
            self.handled += ids if word == "handled" else []
            if word == "joined":
                self.joined.set()

    def told(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


@asynccontextmanager
async def member(backend: KafkaBackend) -> AsyncIterator[Member]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.bus_process", backend.spec, "serve"),
        cwd=ROOT,
        env=dict(os.environ),
        stdout=asyncio.subprocess.PIPE,
    )
    one = Member(process)
    listening = asyncio.create_task(one.listen())
    try:
        await asyncio.wait_for(one.joined.wait(), 30)
        yield one
        one.told(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 25) == 0
    finally:
        if process.returncode is None:
            process.kill()
        await listening


async def test_who_stood_still_beyond_its_session_comes_back_and_nothing_is_lost_or_stuck(
    backend: KafkaBackend, bus: OpenedBus
) -> None:
    numbers = iter(range(1_000_000))
    published: list[str] = []

    async def publish(count: int) -> None:
        events = [asked(number % KEYS, f"{number:06}") for number, _ in zip(numbers, range(count), strict=False)]
        await bus.publish(*events)
        published.extend(event.id for event in events)

    async with member(backend) as still, member(backend) as other:
        await publish(600)
        await until(lambda: len(still.handled) > 20 and len(other.handled) > 20, "both work")
        still.told(signal.SIGSTOP)
        stopped, had, had_other = time.monotonic(), len(still.handled), len(other.handled)
        await publish(600)
        await until(lambda: time.monotonic() - stopped > SESSION_MS / 1_000 + 3, "its session is over", 30)
        await until(lambda: len(set(other.handled[had_other:])) + had >= 600, "the other handles its part", 30)
        still.told(signal.SIGCONT)
        await publish(600)
        await until(lambda: {*still.handled, *other.handled} >= set(published), "all is handled", 40)
        await until_read(bus)
        before = len(still.handled)
        await publish(600)
        await until(lambda: len(still.handled) > before, "who stood still has its share again", 40)
        await until_read(bus)
    assert {*still.handled, *other.handled} == set(published)
    for handled in (still.handled, other.handled):
        assert_no_key_goes_back_further_than_it_was_committed(handled)


def assert_no_key_goes_back_further_than_it_was_committed(handled: list[str]) -> None:
    """In one process a key goes on in order; at a redelivery it begins again once, further back, and goes on in order."""
    for key in range(KEYS):
        ids = [int(event_id) for event_id in handled if int(event_id) % KEYS == key]
        breaks = sum(later <= earlier for earlier, later in pairwise(ids))
        assert breaks <= 1, ids


async def test_members_that_come_and_go_lose_nothing_and_do_nothing_twice(
    backend: KafkaBackend, bus: OpenedBus
) -> None:
    in_hand: set[str] = set()
    at_once: list[str] = []

    async def handle(event: AccountRequested) -> None:
        if event.key in in_hand:
            at_once.append(event.id)
        in_hand.add(event.key)
        await asyncio.sleep(0.002)
        in_hand.discard(event.key)

    handled, published = Handled(handle), 0
    async with AsyncExitStack() as opened:
        buses = [await opened.enter_async_context(backend.open(clock=SystemClock())) for _ in range(MEMBERS)]
        coming = asyncio.Event()
        running = [asyncio.create_task(_runs(each, handled, coming)) for each in buses[:1]]

        async def publish_for(seconds: float) -> None:
            nonlocal published
            for _ in range(TIMES):
                await bus.publish(
                    *(asked(number % KEYS, f"{number:06}") for number in range(published, published + 50))
                )
                published += 50
                await asyncio.sleep(seconds / TIMES)

        stops = [coming]
        for each in buses[1:]:
            stops.append(asyncio.Event())
            running.append(asyncio.create_task(_runs(each, handled, stops[-1])))
            await publish_for(TURN_S)
        for stop in stops[1:]:
            stop.set()
            await publish_for(TURN_S)
        await until_read(bus, within_s=60)
        stops[0].set()
        await asyncio.gather(*running)
    assert at_once == []
    assert sorted(handled.ids) == [f"{number:06}" for number in range(published)]
    assert all(ids == sorted(ids) for ids in handled.by_key.values())


async def _runs(bus: OpenedBus, handled: Handled, stop: asyncio.Event) -> None:
    async with bus.running(on(REQUESTED, handled, records=8)):
        await stop.wait()


@pytest.mark.parametrize("static", [True, False])
async def test_a_rolling_restart_disturbs_others_only_without_names(backend: KafkaBackend, *, static: bool) -> None:
    names = ("pod-0", "pod-1") if static else ("", "")
    first, second = Handled(), Handled()
    one, two = (replace(backend, instance_id=name) for name in names)
    async with one.open(clock=SystemClock()) as stays, stays.running(on(REQUESTED, first)):
        async with two.open(clock=SystemClock()) as restarts, restarts.running(on(REQUESTED, second)):
            await until(lambda: _assigned(stays) == _assigned(restarts) == 12, "they share")
            had = _assigned_partitions(restarts)
            revoked = _counted_revocations(stays)
        await stays.publish(*(asked(number) for number in range(100)))
        async with two.open(clock=SystemClock()) as restarts, restarts.running(on(REQUESTED, second)):
            await until(lambda: _assigned(restarts) == 12, "it has its share again")
            await until_read(stays)
            assert not static or _assigned_partitions(restarts) == had
    assert bool(revoked) is not static
    assert sorted({*first.ids, *second.ids}) == sorted(f"asked-{number}" for number in range(100))
    assert len(first.ids) + len(second.ids) == 100


def _consumer(bus: OpenedBus) -> Any:
    (work,) = bus.bus.backlog.works  # type: ignore[attr-defined]  # inside of the bus
    return work.consumer()


def _assigned_partitions(bus: OpenedBus) -> set[int]:
    return {where.partition for where in _consumer(bus).assignment() if where.topic == REQUESTED.name}


def _assigned(bus: OpenedBus) -> int:
    return len(_assigned_partitions(bus))


def _counted_revocations(bus: OpenedBus) -> list[set[Any]]:
    """Grows by one with each time the consumer has to give up its partitions."""
    (work,) = bus.bus.backlog.works  # type: ignore[attr-defined]  # inside of the bus
    revoked: list[set[Any]] = []
    original = work.on_partitions_revoked

    async def counted(partitions: set[Any]) -> None:
        revoked.append(partitions)
        await original(partitions)

    work.on_partitions_revoked = counted  # what aiokafka calls
    return revoked
