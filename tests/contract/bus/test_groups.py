"""Several consumers of one group share its partitions, and hand them over without losing or repeating anything."""

import asyncio

import pytest

from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.events.requests import AccountRequested
from tests.support.bus import REQUESTED, Handled, OpenedBus, address, asked, on, until, until_read


async def test_consumers_of_a_group_share_the_work(bus: OpenedBus) -> None:
    first, second = Handled(), Handled()
    async with bus.running(on(REQUESTED, first)), bus.running(on(REQUESTED, second)):
        await bus.publish(*(asked(number) for number in range(200)))
        await until(lambda: len(first.events) + len(second.events) >= 200, "all handled")
        await until_read(bus)
    assert first.events
    assert second.events
    assert len({*first.ids, *second.ids}) == len(first.ids) + len(second.ids) == 200


async def test_a_key_is_handled_by_one_consumer_at_a_time_while_consumers_come_and_go(bus: OpenedBus) -> None:
    in_hand: set[str] = set()
    order: dict[str, list[str]] = {}
    twice: list[str] = []

    async def handle(event: AccountRequested) -> None:
        if event.account in in_hand:
            twice.append(event.id)
        in_hand.add(event.account)
        await asyncio.sleep(0.001)
        order.setdefault(event.account, []).append(event.id)
        in_hand.discard(event.account)

    handled = Handled(handle)
    async with bus.running(on(REQUESTED, handled, records=8)):
        for turn in range(4):
            async with bus.running(on(REQUESTED, handled, records=8)), bus.running(on(REQUESTED, handled, records=8)):
                await bus.publish(*(asked(number % 40, f"{turn}-{number:03}") for number in range(200)))
        await until_read(bus)
    assert twice == []
    assert all(ids == sorted(ids) for ids in order.values())
    assert sorted(handled.ids) == sorted(f"{turn}-{number:03}" for turn in range(4) for number in range(200))


async def test_a_partition_is_handed_over_only_when_its_record_is_committed(bus: OpenedBus) -> None:
    begun, go_on, joined = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_: object) -> None:
        begun.set()
        await go_on.wait()

    first, second = Handled(slow), Handled()

    async def join() -> None:
        async with bus.running(on(REQUESTED, second)):
            joined.set()
            await until_read(bus)

    async with bus.running(on(REQUESTED, first)):
        await bus.publish(*(asked(number) for number in range(24)))
        await begun.wait()
        other = asyncio.create_task(join())
        for _ in range(100):
            await asyncio.sleep(0)
        assert not joined.is_set()
        go_on.set()
        await other
    assert len({*first.ids, *second.ids}) == len(first.ids) + len(second.ids) == 24


async def test_what_overtook_a_record_in_work_is_not_handled_again_by_who_reads_on(bus: OpenedBus) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def hold(event: AccountRequested) -> None:
        if event.id == "held":
            begun.set()
            await go_on.wait()

    first, second = Handled(hold), Handled()
    async with bus.running(on(REQUESTED, first)):
        await bus.publish(asked(0, "held"), asked(0, "behind"), *(asked(number) for number in range(1, 61)))
        await begun.wait()
        await first.all(60)  # some of them stand in the same partition, behind the two
        asyncio.get_running_loop().call_soon(go_on.set)  # only once it is leaving
    async with bus.running(on(REQUESTED, second)):
        await until_read(bus)
    assert second.ids == []
    assert len(first.ids) == 62


async def test_a_handler_that_hangs_cannot_keep_its_partition_for_ever(
    bus: OpenedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stellarmap_common.adapters.kafka.bus.DRAIN_S", 0.05)
    begun = asyncio.Event()

    async def hang(_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    first, second = Handled(hang), Handled()
    async with bus.running(on(REQUESTED, first)):
        await bus.publish(*(asked(number) for number in range(100)))
        await begun.wait()
        async with bus.running(on(REQUESTED, second)):
            await until(lambda: len(second.events) > 20, "the other has its share")
    assert first.events == []


async def test_who_stays_reads_on_where_the_other_stopped(bus: OpenedBus) -> None:
    first, second = Handled(), Handled()
    async with bus.running(on(REQUESTED, first)):
        async with bus.running(on(REQUESTED, second)):
            await bus.publish(*(asked(number) for number in range(50)))
            await until_read(bus)
        await bus.publish(*(asked(number) for number in range(50, 100)))
        await until_read(bus)
    assert sorted([*first.ids, *second.ids]) == sorted(f"asked-{number}" for number in range(100))
    assert {f"asked-{number}" for number in range(50, 100)} <= set(first.ids)


async def test_records_that_wait_for_their_source_move_with_their_partition(bus: OpenedBus) -> None:
    down = True

    async def fail(event: AccountRequested) -> None:
        if down and event.account == address(1):
            raise SourceUnavailable("down")

    first, second = Handled(fail), Handled(fail)
    async with bus.running(on(REQUESTED, first)):
        await bus.publish(*(asked(1, f"{number}") for number in range(5)))
        await until(lambda: len(first.calls) > 8, "the source is down")
        async with bus.running(on(REQUESTED, second)):
            down = False
            await until_read(bus)
    assert [*first.ids, *second.ids] == [f"{number}" for number in range(5)]
