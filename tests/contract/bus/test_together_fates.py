"""What becomes of records that are handled together when they cannot be: all, or the one that is to blame."""

import asyncio
from collections import Counter
from itertools import count

import pytest

from stellarmap_common.errors import SourceRejected, SourceUnavailable
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.ports.subscription import DeadLetter
from tests.support.bus import (
    GROUP,
    PUBLIC,
    REQUESTED,
    SANDBOX,
    BusBackend,
    HurriedClock,
    OpenedBus,
    asked,
    until,
    until_read,
)
from tests.support.bus_batches import AT_MOST, Batch, Batches, numbered, together
from tests.support.poison import KEY, POISONS

MANY = 7_000  # more than are kept in memory for a source that is away
OTHERS_S = 30


async def dead_ids(bus: OpenedBus) -> list[str]:
    entries = await bus.bus.dead_letters.entries()
    return sorted(dict(entry.headers)["ce_id"].decode() for entry in entries)


def refusing(*bad: str, error: Exception) -> Batches:
    """Cannot take these."""

    async def refuse(batch: Batch) -> None:
        if not {event.id for event in batch}.isdisjoint(bad):
            raise error

    return Batches(refuse)


async def test_a_transient_error_has_all_of_them_handled_again(bus: OpenedBus) -> None:
    async def fail(batch: Batch) -> None:
        if any(event.id == "00025" for event in batch) and len(batches.calls) < 5:
            raise SourceUnavailable("502")

    batches = Batches(fail)
    await bus.publish(*numbered(AT_MOST))
    async with bus.running(together(batches)):
        await until_read(bus)
    whole = tuple(event.id for event in numbered(AT_MOST))
    assert batches.calls == [whole] * 5
    assert batches.ids == list(whole)
    assert await bus.bus.dead_letters.entries() == ()
    assert bus.counted("stellarmap_events_retried_total", group=GROUP, topic=REQUESTED.name) == 4 * AT_MOST


async def test_an_outage_costs_nothing_but_time_however_much_waits(bus: OpenedBus) -> None:
    away = True

    async def fail(batch: Batch) -> None:
        if away and batch[0].network == SANDBOX:
            raise SourceUnavailable("no route")

    batches = Batches(fail)
    async with bus.running(together(batches)):
        await bus.publish(*numbered(1))
        (running,) = bus.bus.backlog.works  # type: ignore[attr-defined]  # inside of the embedded bus
        await until(lambda: running.lines.waiting == 1, "its source is away")
        await bus.publish(*numbered(MANY - 1, first=1))
        await until(lambda: running.idle == MANY, "all of them wait")
        assert running.shelf.count > 1_000
        await bus.publish(asked(2, "other", PUBLIC))
        await batches.all(1)
        away = False
        await batches.all(MANY + 1)
        await until_read(bus)
    assert batches.ids == ["other", *(event.id for event in numbered(MANY))]
    assert await bus.bus.dead_letters.entries() == ()


@pytest.mark.parametrize("error", [SourceRejected("no such form"), KeyError("oops")])
async def test_what_cannot_be_handled_takes_no_good_one_with_it(bus: OpenedBus, error: Exception) -> None:
    told: list[tuple[str, DeadLetter]] = []

    async def tell(event: AccountRequested, letter: DeadLetter) -> None:
        told.append((event.id, letter))

    bad = ("00003", "00017", "00055")
    batches = refusing(*bad, error=error)
    await bus.publish(*numbered(3 * AT_MOST))
    async with bus.running(together(batches, records=1_000, before_dead_letter=tell)):
        await until_read(bus)
    assert batches.ids == [event.id for event in numbered(3 * AT_MOST) if event.id not in bad]
    assert await dead_ids(bus) == list(bad)
    attempts = 1 if isinstance(error, SourceRejected) else 3
    reason = f"{type(error).__name__}: {error}"
    assert told == [(each, DeadLetter(reason=reason, attempts=attempts)) for each in bad]
    sizes = Counter(map(len, batches.done))
    assert sizes == {1: 2 * AT_MOST - len(bad), AT_MOST: 1}, "those of a batch that failed, and no other, go one by one"


async def test_a_bad_one_that_waits_to_be_set_aside_holds_nobody_before_it(bus: OpenedBus) -> None:
    told = 0

    async def tell(_: object, __: DeadLetter) -> None:
        nonlocal told
        told += 1
        if told < 4:
            raise SourceUnavailable("the store is away")

    batches = refusing("00003", error=SourceRejected("no"))
    await bus.publish(*numbered(10))
    async with bus.running(together(batches, before_dead_letter=tell)):
        await until_read(bus)
    assert told == 4
    assert batches.ids == [event.id for event in numbered(10) if event.id != "00003"]
    assert await dead_ids(bus) == ["00003"]


@pytest.mark.parametrize("kind", POISONS)
async def test_what_is_no_event_is_set_aside_and_those_around_it_go_on(bus: OpenedBus, kind: str) -> None:
    value, headers, reason = POISONS[kind]
    await bus.publish(asked(1, "before-1"), asked(1, "before-2"))
    await bus.put(REQUESTED, value, headers, key=KEY)
    await bus.publish(asked(1, "after-1"), asked(1, "after-2"))
    batches = Batches()
    async with bus.running(together(batches)):
        await until_read(bus)
    assert batches.calls == [("before-1", "before-2"), ("after-1", "after-2")]
    (entry,) = await bus.bus.dead_letters.entries()
    assert reason in entry.reason
    assert entry.value == value


async def test_what_fails_while_others_of_its_source_succeed_is_found_among_those_it_came_with(
    backend: BusBackend,
) -> None:
    batches = refusing("bad", error=SourceUnavailable("timed out"))
    async with backend.open(clock=HurriedClock(3_000)) as bus:
        await bus.publish(asked(1, "before"), asked(1, "bad"), asked(1, "behind"))
        async with bus.running(together(batches)), asyncio.timeout(OTHERS_S):
            for number in count(2):
                await bus.publish(asked(number))
                if "behind" in batches.ids:
                    break
        assert await dead_ids(bus) == ["bad"]
    assert batches.by_key[asked(1).key] == ["before", "behind"]


async def test_a_replayed_record_is_told_of_and_handled_apart(bus: OpenedBus) -> None:
    before: list[str] = []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: Batch) -> None:
        begun.set()
        await go_on.wait()

    async def before_replay(event: AccountRequested, _: str) -> None:
        before.append(event.id)

    batches = refusing("00001", error=SourceRejected("not yet"))
    row = together(batches, before_replay=before_replay)
    async with bus.running(row):
        await bus.publish(*numbered(3))
        await until_read(bus)
        (letter,) = await bus.bus.dead_letters.entries()
        batches.first = wait
        await bus.publish(asked(0, "in work"))
        await begun.wait()
        await bus.bus.dead_letters.replay([letter.id])
        await bus.publish(asked(0, "beside"))
        (running,) = bus.bus.backlog.works  # type: ignore[attr-defined]  # inside of the embedded bus
        await until(lambda: running.lines.busy == 3, "all are in line")
        go_on.set()
        await batches.all(5)
    assert sorted(batches.calls[-2:]) == [("00001",), ("beside",)]
    assert before == ["00001"]
