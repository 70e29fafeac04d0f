"""Lower lanes make way for higher ones of their group, and never starve."""

import asyncio

from stellarmap_common.domain.status import Lane
from stellarmap_common.errors import SourceRejected, SourceUnavailable
from stellarmap_common.events.requests import AccountRequested, ChildDiscovered
from tests.support.bus import (
    DISCOVERED,
    OTHER_GROUP,
    PUBLIC,
    QUEUED,
    REQUESTED,
    SANDBOX,
    Handled,
    HurriedClock,
    OpenedBus,
    address,
    asked,
    on,
    queued,
    until,
    until_read,
)


def discovered(number: int) -> ChildDiscovered:
    return ChildDiscovered(
        id=f"discovered-{number}",
        network=SANDBOX,
        account=address(number),
        creator=address(1),
        operation_id=number,
        request_id="r",
        depth_left=0,
    )


async def test_a_lower_lane_works_at_the_floor_while_the_higher_one_has_lag(bus: OpenedBus) -> None:
    clock = HurriedClock()
    go_on = asyncio.Event()
    worked = [0.0, 0.0]

    async def wait(_: object) -> None:
        await go_on.wait()

    async def work(event: AccountRequested | ChildDiscovered) -> None:
        began = clock.monotonic()
        await asyncio.sleep(0.01)
        worked[isinstance(event, ChildDiscovered)] += clock.monotonic() - began

    users, bulk, growth = Handled(wait), Handled(work), Handled(work)
    async with bus.running(
        on(REQUESTED, users),
        on(QUEUED, bulk, lane=Lane.QUEUED, records=1),
        on(DISCOVERED, growth, lane=Lane.GROWTH, records=1),
    ):
        await bus.publish(asked(1))
        await until(lambda: users.calls, "a user waits")
        await until(lambda: bus.lag_told(REQUESTED) == 1, "the lag was seen")
        await bus.publish(*(queued(number) for number in range(200)), *(discovered(number) for number in range(200)))
        began, before = clock.monotonic(), list(worked)
        await until(lambda: min(len(bulk.events), len(growth.events)) >= 8, "no lane starves")
        passed = clock.monotonic() - began
        shares = [(now - then) / passed for now, then in zip(worked, before, strict=True)]
        assert all(share < 0.2 for share in shares), shares
        assert len(bulk.events) < 100
        go_on.set()
        await bulk.all(200)
        await growth.all(200)


async def test_a_lane_that_makes_no_way_works_beside_the_higher_one(bus: OpenedBus) -> None:
    go_on = asyncio.Event()

    async def wait(_: object) -> None:
        await go_on.wait()

    users, bulk = Handled(wait), Handled(wait)
    async with bus.running(on(REQUESTED, users), on(QUEUED, bulk, lane=Lane.QUEUED, makes_way=False)):
        await bus.publish(asked(1))
        await until(lambda: bus.lag_told(REQUESTED) == 1, "a user waits, and it was seen")
        # Each comes while those before it are at work: a lane that is held would take no more of them.
        for number in range(20):
            await bus.publish(queued(number))
            await until(lambda: len(bulk.calls) > number, "it is handled too")  # noqa: B023 - awaited within the turn
        go_on.set()
        await bulk.all(20)


async def test_a_lane_of_another_group_is_not_held(bus: OpenedBus) -> None:
    go_on = asyncio.Event()

    async def wait(_: object) -> None:
        await go_on.wait()

    users, theirs = Handled(wait), Handled()
    async with bus.running(
        on(REQUESTED, users),
        on(QUEUED, theirs, group=OTHER_GROUP, lane=Lane.QUEUED),
        on(REQUESTED, Handled(), group=OTHER_GROUP),
    ):
        await bus.publish(asked(1))
        await until(lambda: users.calls, "a user waits")
        await bus.publish(*(queued(number) for number in range(200)))
        await theirs.all(200)
        go_on.set()


async def test_what_waits_for_a_paused_source_holds_no_lower_lane(bus: OpenedBus) -> None:
    down = True

    async def fail(_: object) -> None:
        if down:
            raise SourceUnavailable("no route")

    users, bulk = Handled(fail), Handled()
    async with bus.running(on(REQUESTED, users), on(QUEUED, bulk, lane=Lane.QUEUED, records=8)):
        await bus.publish(*(asked(number, network=PUBLIC) for number in range(5)))
        await until(lambda: len(users.calls) > 20, "the public network is down")
        await bus.publish(*(queued(number) for number in range(500)))
        await bulk.all(500)
        down = False
        await users.all(5)


async def test_replays_that_wait_for_a_paused_source_hide_no_lag(bus: OpenedBus) -> None:
    """What waits in the replay topic is no part of the lag of the main one."""
    problem: Exception | None = SourceRejected("no such account")
    go_on = asyncio.Event()

    async def fail(event: AccountRequested) -> None:
        if event.network == SANDBOX:
            await go_on.wait()
        elif problem is not None:
            raise problem

    users = Handled(fail)
    async with bus.running(on(REQUESTED, users), on(QUEUED, Handled(), lane=Lane.QUEUED)):
        await bus.publish(*(asked(number, network=PUBLIC) for number in range(5)))
        await until_read(bus)
        problem = SourceUnavailable("no route")
        await bus.bus.dead_letters.replay([letter.id for letter in await bus.bus.dead_letters.entries()])
        higher, lower = bus.bus.backlog.works  # type: ignore[attr-defined]  # inside of the embedded bus
        await until(lambda: higher.lines.waiting >= 5, "the replayed ones wait")
        await bus.publish(asked(9))
        await until(lambda: lower.share.held, "the lower lane makes way")
        problem = None
        go_on.set()
        await users.all(6)
        await until(lambda: not lower.share.held, "nothing is left to make way for")
