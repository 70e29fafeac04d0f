"""What becomes of a record its handler cannot take: the kind of error decides."""

import asyncio
import time
from collections import Counter
from itertools import count

import pytest

from stellarmap_common.errors import RateLimited, RunLost, SourceRejected, SourceUnavailable, TransientError
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.events.topics import dead_letter_topic
from stellarmap_common.ports.subscription import DeadLetter
from tests.support.bus import (
    GROUP,
    PUBLIC,
    REQUESTED,
    SANDBOX,
    BusBackend,
    Handled,
    HurriedClock,
    OpenedBus,
    address,
    asked,
    on,
    until,
    until_read,
)

AT_FAULT, GOOD = address(1), address(2)

OTHERS_S = 30
HALF_AN_HOUR_S = 1_800


def failing(error: Exception, *, times: int) -> Handled:
    """Fails the first `times` calls."""

    async def fail(_: object) -> None:
        if len(handled.calls) <= times:
            raise error

    handled = Handled(fail)
    return handled


async def test_a_transient_error_is_retried_in_place_and_counts_for_nothing(bus: OpenedBus) -> None:
    handled = failing(SourceUnavailable("502"), times=3)
    async with bus.running(on(REQUESTED, handled)):
        await bus.publish(asked(1))
        await until_read(bus)
    assert len(handled.calls) == 4
    assert handled.ids == ["asked-1"]
    assert await bus.bus.dead_letters.entries() == ()
    assert bus.counted("stellarmap_events_retried_total", group=GROUP, topic=REQUESTED.name) == 3


async def test_a_source_that_is_down_pauses_its_records_and_none_is_set_aside(bus: OpenedBus) -> None:
    down = True

    async def fail(_: object) -> None:
        if down:
            raise SourceUnavailable("connection refused")

    handled = Handled(fail)
    async with bus.running(on(REQUESTED, handled)):
        await bus.publish(*(asked(number % 5, f"{number:02}") for number in range(30)))
        await until(lambda: len(handled.calls) > 40, "many rounds failed")
        assert await bus.bus.dead_letters.entries() == ()
        assert handled.events == []
        down = False
        await handled.all(30)
        await until_read(bus)
    assert all(ids == sorted(ids) for ids in handled.by_account.values())
    assert len(set(handled.ids)) == 30
    assert await bus.bus.dead_letters.entries() == ()


async def test_a_record_alone_with_a_source_that_is_down_waits_as_long_as_it_takes(bus: OpenedBus) -> None:
    handled = failing(SourceUnavailable("connection refused"), times=20)
    async with bus.running(on(REQUESTED, handled)):
        await bus.publish(asked(1))
        await handled.all(1)
    assert await bus.bus.dead_letters.entries() == ()


async def test_a_paused_source_holds_up_its_own_network_alone(bus: OpenedBus) -> None:
    async def fail(event: AccountRequested) -> None:
        if event.network == PUBLIC:
            raise SourceUnavailable("no route")

    handled = Handled(fail)
    async with bus.running(on(REQUESTED, handled, records=4)):
        await bus.publish(*(asked(number, f"public-{number}", PUBLIC) for number in range(20)))
        await until(lambda: len(handled.calls) > 20, "the public network is down")
        began = time.monotonic()
        await bus.publish(*(asked(number) for number in range(40)))
        await handled.all(40)
        assert time.monotonic() - began < 5
    assert {event.network for event in handled.events} == {SANDBOX}


async def test_while_a_source_is_paused_one_record_at_a_time_probes_it(bus: OpenedBus) -> None:
    down, at_once, most = True, 0, 0

    async def fail(_: object) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.001)
        at_once -= 1
        if down:
            raise SourceUnavailable("connection refused")

    handled = Handled(fail)
    async with bus.running(on(REQUESTED, handled)):
        await bus.publish(asked(0))
        await until(lambda: len(handled.calls) > 10, "the source is known to be down")
        most = 0
        seen = len(handled.calls)
        await bus.publish(*(asked(number) for number in range(1, 30)))
        await until(lambda: len(handled.calls) > seen + 5, "probed five times")
        assert most == 1
        down = False
        await handled.all(30)


async def test_a_limit_that_is_reached_is_waited_for_as_long_as_it_says(bus: OpenedBus) -> None:
    handled = failing(RateLimited("no token", retry_after_s=20), times=1)
    began = time.monotonic()
    async with bus.running(on(REQUESTED, handled)):
        await bus.publish(asked(1))
        await handled.all(1)
    assert 20 / 50 <= time.monotonic() - began < 15  # the clock of these tests hurries 50 times
    assert len(handled.calls) == 2


async def test_a_limit_never_puts_a_record_at_fault(bus: OpenedBus) -> None:
    async def fail(event: AccountRequested) -> None:
        if event.account == AT_FAULT and Counter(call.account for call in handled.calls)[AT_FAULT] < 20:
            raise RateLimited("no token", retry_after_s=6)

    handled = Handled(fail)
    async with bus.running(on(REQUESTED, handled)):
        await bus.publish(asked(1, "limited"))
        async with asyncio.timeout(OTHERS_S):  # as many others as it takes, however fast this machine is
            for number in count(2):
                await bus.publish(asked(number))
                if "limited" in handled.ids:
                    break
    assert await bus.bus.dead_letters.entries() == ()


async def test_a_lost_run_is_read_again_soon_and_pauses_nobody(bus: OpenedBus) -> None:
    async def lose(event: AccountRequested) -> None:
        if event.account == AT_FAULT and Counter(call.account for call in handled.calls)[AT_FAULT] <= 12:
            raise RunLost("another holder advanced")

    handled = Handled(lose)
    async with bus.running(on(REQUESTED, handled)):
        await bus.publish(asked(1, "lost"), *(asked(number) for number in range(2, 20)))
        await handled.all(19)
    assert handled.ids[-1] == "lost"
    assert await bus.bus.dead_letters.entries() == ()


async def test_what_fails_five_rounds_while_its_source_works_is_at_fault_itself(backend: BusBackend) -> None:
    clock = HurriedClock(3_000)  # the rounds take half an hour

    async def fail(event: AccountRequested) -> None:
        if event.account == AT_FAULT:
            raise SourceUnavailable("timed out")

    handled = Handled(fail)
    label = {"group": GROUP, "topic": REQUESTED.name, "reason": "at fault"}
    async with backend.open(clock=clock) as bus, bus.running(on(REQUESTED, handled)):
        since = clock.monotonic()
        await bus.publish(asked(1, "at-fault"))
        async with asyncio.timeout(OTHERS_S):
            for number in count(2):
                await bus.publish(asked(number))
                if bus.counted("stellarmap_events_dead_lettered_total", **label) == 1:
                    break
        assert clock.monotonic() - since > HALF_AN_HOUR_S
        (entry,) = await bus.bus.dead_letters.entries()
    assert dict(entry.headers)["ce_id"] == b"at-fault"
    assert entry.attempts == 5
    assert "SourceUnavailable: timed out" in entry.reason


async def test_what_fails_while_its_source_works_waits_alone(backend: BusBackend) -> None:
    async def fail(event: AccountRequested) -> None:
        if event.account == AT_FAULT:
            raise SourceUnavailable("timed out")

    handled = Handled(fail)
    async with backend.open(clock=HurriedClock(50)) as bus, bus.running(on(REQUESTED, handled)):
        await bus.publish(asked(1, "at-fault"), asked(2))
        await handled.all(1)
        await until(
            lambda: bus.counted("stellarmap_events_retried_total", group=GROUP, topic=REQUESTED.name) > 5, "it waits"
        )
        began = time.monotonic()
        for number in range(3, 103):  # one after the other: each would meet a pause
            await bus.publish(asked(number))
            await handled.all(number - 1)
        assert time.monotonic() - began < 10


async def test_a_permanent_error_sets_the_record_aside_at_once_with_all_it_was(bus: OpenedBus) -> None:
    handled = failing(SourceRejected("no such account form"), times=1)
    async with bus.running(on(REQUESTED, handled)):
        await bus.publish(asked(1, "refused"))
        await until_read(bus)
    (record,) = await bus.records(REQUESTED.name)
    (entry,) = await bus.bus.dead_letters.entries()
    assert len(handled.calls) == 1
    assert (entry.topic, entry.group, entry.attempts) == (dead_letter_topic(REQUESTED, GROUP), GROUP, 1)
    assert (entry.original_topic, entry.original_partition, entry.original_offset) == (
        REQUESTED.name,
        record.partition,
        record.offset,
    )
    assert entry.reason == "SourceRejected: no such account form"
    assert (entry.key, entry.value) == (record.key, record.value)
    headers = dict(entry.headers)
    assert headers.pop("dlq_content-type") == b"application/json"
    assert headers == {name: value for name, value in record.headers if name != "content-type"}
    assert await bus.bus.dead_letters.entry(entry.topic, entry.partition, entry.offset) == entry
    assert await bus.bus.dead_letters.entry(entry.topic, entry.partition, entry.offset + 1) is None


async def test_a_bug_is_tried_three_times_and_set_aside(bus: OpenedBus) -> None:
    handled = failing(KeyError("oops"), times=99)
    async with bus.running(on(REQUESTED, handled)):
        await bus.publish(asked(1))
        await until_read(bus)
    (entry,) = await bus.bus.dead_letters.entries()
    assert (len(handled.calls), entry.attempts, entry.reason) == (3, 3, "KeyError: 'oops'")
    label = {"group": GROUP, "topic": REQUESTED.name, "reason": "bug"}
    assert bus.counted("stellarmap_events_dead_lettered_total", **label) == 1


async def test_a_bug_that_passes_within_three_tries_is_forgiven(bus: OpenedBus) -> None:
    handled = failing(KeyError("oops"), times=2)
    async with bus.running(on(REQUESTED, handled)):
        await bus.publish(asked(1))
        await until_read(bus)
    assert handled.ids == ["asked-1"]
    assert await bus.bus.dead_letters.entries() == ()


async def test_one_bad_record_fails_neither_its_batch_nor_blocks_its_partition(bus: OpenedBus) -> None:
    async def fail(event: AccountRequested) -> None:
        if event.id.startswith("bad"):
            raise (SourceRejected, KeyError)[len(event.id) % 2]("bad")

    handled = Handled(fail)
    async with bus.running(on(REQUESTED, handled)):
        await bus.publish(
            *(
                asked(number % 3, f"bad{'x' * (number % 2)}" if number % 10 == 0 else f"{number:03}")
                for number in range(200)
            )
        )
        await until_read(bus)
    assert len(handled.events) == 180
    assert len(await bus.bus.dead_letters.entries()) == 20
    assert all(ids == sorted(ids) for ids in handled.by_account.values())


async def test_who_must_know_is_told_before_a_record_is_set_aside(bus: OpenedBus) -> None:
    told: list[tuple[AccountRequested, DeadLetter, int]] = []

    async def tell(event: AccountRequested, letter: DeadLetter) -> None:
        told.append((event, letter, len(await bus.records(dead_letter_topic(REQUESTED, GROUP)))))

    handled = failing(SourceRejected("no"), times=1)
    async with bus.running(on(REQUESTED, handled, before_dead_letter=tell)):
        await bus.publish(asked(1))
        await until_read(bus)
    assert told == [(asked(1), DeadLetter(reason="SourceRejected: no", attempts=1), 0)]
    assert len(await bus.bus.dead_letters.entries()) == 1


async def test_a_record_waits_until_who_must_know_can_be_told(bus: OpenedBus) -> None:
    told = 0

    async def tell(_: object, __: DeadLetter) -> None:
        nonlocal told
        told += 1
        if told < 4:
            raise TransientError("the store is away")

    handled = failing(SourceRejected("no"), times=99)
    async with bus.running(on(REQUESTED, handled, before_dead_letter=tell)):
        await bus.publish(asked(1))
        await until_read(bus)
    assert told == 4
    assert len(await bus.bus.dead_letters.entries()) == 1


async def test_a_bug_in_telling_sets_the_record_aside_all_the_same(bus: OpenedBus) -> None:
    async def tell(_: object, __: DeadLetter) -> None:
        raise KeyError("oops")

    handled = failing(SourceRejected("no"), times=99)
    async with bus.running(on(REQUESTED, handled, before_dead_letter=tell)):
        await bus.publish(asked(1))
        await until_read(bus)
    assert len(await bus.bus.dead_letters.entries()) == 1


@pytest.mark.parametrize("limit", [1, 3])
async def test_the_newest_dead_letters_come_first(bus: OpenedBus, limit: int) -> None:
    handled = failing(SourceRejected("no"), times=99)
    async with bus.running(on(REQUESTED, handled, records=1)):
        for number in range(5):
            await bus.publish(asked(1, f"{number}"))
            await until_read(bus)
    entries = await bus.bus.dead_letters.entries(limit=limit)
    assert [dict(entry.headers)["ce_id"] for entry in entries] == [b"4", b"3", b"2"][:limit]
