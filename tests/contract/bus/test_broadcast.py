"""A broadcast is read by every process in full: from its end or a while before it, in order, with nothing committed."""

from dataclasses import replace

from stellarmap_common.errors import SourceRejected, SourceUnavailable
from stellarmap_common.events.live import LiveChanged
from tests.support.bus import LIVE, REQUESTED, SANDBOX, Handled, OpenedBus, address, asked, on, until


def changed(number: int) -> LiveChanged:
    return LiveChanged(id=f"{number}", topic="counts", network=SANDBOX, account=address(1), total=number)


async def test_it_starts_at_the_end(bus: OpenedBus) -> None:
    handled = Handled()
    await bus.publish(*(changed(number) for number in range(10)))
    async with bus.running(on(LIVE, handled, group=None)):
        await bus.publish(changed(10), changed(11))
        await handled.all(2)
    assert handled.ids == ["10", "11"]


async def test_it_starts_as_long_ago_as_it_asks(bus: OpenedBus) -> None:
    handled = Handled()
    await bus.publish(*(changed(number) for number in range(10)))
    async with bus.running(on(LIVE, handled, group=None, read_back_s=3_600)):
        await bus.publish(changed(10))
        await handled.all(11)
    assert handled.ids == [f"{number}" for number in range(11)]


async def test_every_reader_gets_everything_each_time(bus: OpenedBus) -> None:
    first, second = Handled(), Handled()
    await bus.publish(changed(0))
    for handled in (first, second):
        async with bus.running(on(LIVE, handled, group=None, read_back_s=60), on(LIVE, Handled(), group=None)):
            await handled.all(1)
    assert first.ids == second.ids == ["0"]


async def test_the_handler_gets_the_offset_if_it_asks(bus: OpenedBus) -> None:
    seen: list[tuple[str, int]] = []

    async def handle(event: LiveChanged, offset: int) -> None:
        seen.append((event.id, offset))

    await bus.publish(*(changed(number) for number in range(3)))
    async with bus.running(on(LIVE, handle, group=None, with_offset=True)):
        await bus.publish(changed(3), changed(4))
        await until(lambda: len(seen) == 2, "two handled")
    assert seen == [("3", 3), ("4", 4)]


async def test_what_cannot_be_handled_is_passed_over_and_never_set_aside(bus: OpenedBus) -> None:
    async def fail(event: LiveChanged) -> None:
        if event.id in {"1", "3"}:
            raise (SourceRejected, KeyError)[event.id == "3"]("bad")

    handled = Handled(fail)
    async with bus.running(on(LIVE, handled, group=None)):
        await bus.publish(changed(0), changed(1))
        await bus.put(LIVE, b"\xff", ())
        await bus.publish(changed(2), changed(3), changed(4))
        await handled.all(3)
    assert handled.ids == ["0", "2", "4"]
    assert await bus.bus.dead_letters.entries() == ()


async def test_a_source_that_is_down_is_waited_for_in_order(bus: OpenedBus) -> None:
    async def fail(event: LiveChanged) -> None:
        if event.id == "1" and len(handled.calls) < 20:
            raise SourceUnavailable("down")

    handled = Handled(fail)
    async with bus.running(on(LIVE, handled, group=None)):
        await bus.publish(*(changed(number) for number in range(4)))
        await handled.all(4)
    assert handled.ids == ["0", "1", "2", "3"]


async def test_a_topic_of_several_partitions_can_be_broadcast(bus: OpenedBus) -> None:
    handled = Handled()
    async with bus.running(on(replace(REQUESTED, consumers=()), handled, group=None)):
        await bus.publish(*(asked(number) for number in range(50)))
        await handled.all(50)
    assert len(set(handled.ids)) == 50
