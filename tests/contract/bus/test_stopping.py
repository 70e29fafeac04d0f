"""A bus that stops finishes what can be finished, and waits for no source that is away."""

import asyncio
import time

import pytest

from stellarmap_common.adapters.stellar.retries import IN_PLACE
from stellarmap_common.errors import RateLimited, SourceUnavailable, TransientError
from tests.support.bus import (
    PUBLIC,
    REQUESTED,
    BusBackend,
    Handled,
    HurriedClock,
    asked,
    on,
    until,
    until_read,
)

SOON_S = 1.5
RECORDS = 60


@pytest.mark.parametrize("error", [SourceUnavailable("no route"), RateLimited("no token", retry_after_s=3)])
async def test_tries_in_place_end_when_the_bus_stops(backend: BusBackend, error: TransientError) -> None:
    async def fail(_: object) -> None:
        raise error

    handled = Handled(fail)
    async with backend.open(clock=HurriedClock(1)) as bus:
        async with bus.running(on(REQUESTED, handled, records=8)):
            await bus.publish(*(asked(number, network=PUBLIC) for number in range(RECORDS)))
            await until(lambda: len(handled.calls) >= 8, "the source is away")
            began = time.monotonic()
        assert time.monotonic() - began < SOON_S
        assert await bus.bus.dead_letters.entries() == ()
        handled = Handled()
        async with bus.running(on(REQUESTED, handled)):
            await until_read(bus)
        assert len(set(handled.ids)) == RECORDS


async def test_a_probe_that_hangs_is_not_waited_for(backend: BusBackend) -> None:
    hangs = asyncio.Event()

    async def fail(_: object) -> None:
        if len(handled.calls) > 1:
            hangs.set()
            await asyncio.sleep(30)
        raise RateLimited("no token", retry_after_s=6)

    handled = Handled(fail)
    async with backend.open() as bus:
        async with bus.running(on(REQUESTED, handled)):
            await bus.publish(asked(1))
            await asyncio.wait_for(hangs.wait(), 20)
            began = time.monotonic()
        assert time.monotonic() - began < SOON_S
        handled = Handled()
        async with bus.running(on(REQUESTED, handled)):
            await until_read(bus)
        assert handled.ids == ["asked-1"]


async def test_a_call_that_is_repeated_below_the_handler_is_not_waited_for(backend: BusBackend) -> None:
    failed = asyncio.Event()
    policy = IN_PLACE.policy(HurriedClock(1))

    async def call() -> None:
        failed.set()
        raise SourceUnavailable("connection refused")

    async def fail(_: object) -> None:
        await policy.wraps(call)()

    handled = Handled(fail)
    async with backend.open(clock=HurriedClock(1)) as bus:
        async with bus.running(on(REQUESTED, handled)):
            await bus.publish(asked(1))
            await failed.wait()
            began = time.monotonic()
        assert time.monotonic() - began < SOON_S


async def test_a_bug_has_its_three_tries_although_the_bus_stops(backend: BusBackend) -> None:
    async def fail(_: object) -> None:
        raise KeyError("oops")

    handled = Handled(fail)
    async with backend.open(clock=HurriedClock(1)) as bus:
        async with bus.running(on(REQUESTED, handled)):
            await bus.publish(asked(1))
            await until(lambda: handled.calls, "it failed once")
        assert len(handled.calls) == 3
        (entry,) = await bus.bus.dead_letters.entries()
        assert entry.attempts == 3
        await until_read(bus)


async def test_a_step_in_flight_is_finished_before_the_bus_stops(backend: BusBackend) -> None:
    began = asyncio.Event()

    async def work(_: object) -> None:
        began.set()
        await asyncio.sleep(0.5)

    handled = Handled(work)
    async with backend.open() as bus:
        async with bus.running(on(REQUESTED, handled)):
            await bus.publish(asked(1))
            await began.wait()
        assert handled.ids == ["asked-1"]
        await until_read(bus)


async def test_a_broadcast_that_waits_for_its_source_stops_at_once(backend: BusBackend) -> None:
    async def fail(_: object) -> None:
        raise SourceUnavailable("no route")

    handled = Handled(fail)
    async with backend.open(clock=HurriedClock(1)) as bus:
        async with bus.running(on(REQUESTED, handled, group=None)):
            await bus.publish(asked(1))
            await until(lambda: handled.calls, "it failed once")
            began = time.monotonic()
        assert time.monotonic() - began < SOON_S
