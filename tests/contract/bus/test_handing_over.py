"""What is cut short by a hand-over counts for nothing, and goes on where it belongs."""

import asyncio
from collections import Counter

import pytest
from aiokafka.errors import KafkaConnectionError
from aiokafka.structs import TopicPartition

from stellarmap_common.adapters.kafka.cause import handled_now
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.events.requests import AccountRequested
from tests.support.bus import REQUESTED, BusBackend, Handled, OpenedBus, SteppedClock, asked, on, until, until_read

RECORDS = 12


async def test_a_failure_without_a_second_try_is_no_round(backend: BusBackend) -> None:
    clock = SteppedClock()
    phase, begun, go_on = "away", Counter[str](), asyncio.Event()

    async def handle(event: AccountRequested) -> None:
        nonlocal phase
        if event.id == "other":
            phase = "held"
            return
        if phase == "held":
            begun[event.id] += 1
            await go_on.wait()
            raise SourceUnavailable("for a moment")
        if phase == "away":
            raise SourceUnavailable("no route")

    handled = Handled(handle)
    async with backend.open(clock=clock) as bus, bus.running(on(REQUESTED, handled)):
        await bus.publish(*(asked(number) for number in range(RECORDS)))
        await until(lambda: len(handled.calls) >= RECORDS, "each has failed")
        await clock.pass_time(8)
        async with clock.passing():
            await bus.publish(asked(99, "other"))
            await until(lambda: len(begun) == RECORDS, "all are tried again, since another succeeded")
        (work,) = bus.bus.backlog.works  # type: ignore[attr-defined]  # inside of the embedded bus
        go_on_when_leaving = asyncio.create_task(until(lambda: work._finishing, "it hands over"))
        go_on_when_leaving.add_done_callback(lambda _: go_on.set())
        async with bus.running(on(REQUESTED, handled)):
            await go_on_when_leaving
            phase = "well"
            await clock.pass_time(16)
            await handled.all(RECORDS + 1)
            assert sorted(set(handled.ids)) == sorted(["other", *(f"asked-{number}" for number in range(RECORDS))])


async def test_a_cancelled_handler_is_not_called_again_for_what_it_could_not_publish(
    bus: OpenedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stellarmap_common.adapters.kafka.bus.DRAIN_S", 0.05)
    begun = asyncio.Event()

    async def hang(_: object) -> None:
        cause = handled_now.get()
        assert cause is not None
        failed = asyncio.get_running_loop().create_future()
        failed.set_exception(KafkaConnectionError())
        cause.unconfirmed.append(failed)
        begun.set()
        await asyncio.Event().wait()

    first, second = Handled(hang), Handled()
    async with bus.running(on(REQUESTED, first)):
        await bus.publish(asked(1))
        await begun.wait()
        (work,) = bus.bus.backlog.works  # type: ignore[attr-defined]  # inside of the embedded bus
        await asyncio.wait_for(
            work.on_partitions_revoked({TopicPartition(*where) for where in work.lines.partitions}), 2
        )
        assert len(first.calls) == 1
    async with bus.running(on(REQUESTED, second)):
        await until_read(bus)
    assert second.ids == ["asked-1"]
