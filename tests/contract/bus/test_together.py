"""A handler that takes many events of one key in one call: what it is given, and what becomes of those it cannot take."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from stellarmap_common.adapters.kafka import work
from stellarmap_common.adapters.kafka.decoding import Record
from stellarmap_common.errors import SourceRejected, SourceUnavailable
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.ports.subscription import DeadLetter, Subscription
from tests.support.bus import (
    GROUP,
    PUBLIC,
    QUEUED,
    REQUESTED,
    SANDBOX,
    BusBackend,
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
from tests.support.poison import KEY, POISONS

AT_MOST = 40
MANY = 7_000  # more than are kept in memory for a source that is away
OTHERS_S = 30

Batch = Sequence[AccountRequested]


@dataclass(slots=True)
class Batches:
    """A handler that remembers what it was given, and what it handled to the end. `first` runs before it does."""

    first: Callable[[Batch], Awaitable[None]] | None = None
    calls: list[tuple[str, ...]] = field(default_factory=list)
    done: list[Batch] = field(default_factory=list)

    async def __call__(self, batch: Batch) -> None:
        self.calls.append(tuple(event.id for event in batch))
        if self.first is not None:
            await self.first(batch)
        self.done.append(batch)

    @property
    def ids(self) -> list[str]:
        return [event.id for batch in self.done for event in batch]

    @property
    def by_key(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for batch in self.done:
            found[batch[0].key] += [event.id for event in batch]
        return dict(found)

    async def all(self, events: int) -> None:
        """Returns when so many events are handled."""
        await until(lambda: len(self.ids) >= events, f"{events} events handled")


def together(handler: Batches, *, records: int = 100, **more: Any) -> Subscription:
    """The row of the handler."""
    return on(REQUESTED, handler, records=records, together=AT_MOST, **more)


def numbered(events: int, *, accounts: int = 1, first: int = 0) -> list[AccountRequested]:
    return [asked(number % accounts, f"{number:05}") for number in range(first, first + events)]


async def dead_ids(bus: OpenedBus) -> list[str]:
    entries = await bus.bus.dead_letters.entries()
    return sorted(dict(entry.headers)["ce_id"].decode() for entry in entries)


def refusing(*bad: str, error: Exception) -> Batches:
    """Cannot take these."""

    async def refuse(batch: Batch) -> None:
        if not {event.id for event in batch}.isdisjoint(bad):
            raise error

    return Batches(refuse)


async def test_what_is_in_line_is_handled_in_one_call_in_its_order(bus: OpenedBus) -> None:
    full = asyncio.Event()

    async def wait(_: Batch) -> None:
        await full.wait()

    batches = Batches(wait)
    async with bus.running(together(batches, records=20)):
        await bus.publish(*numbered(500, accounts=2))
        (running,) = bus.bus.backlog.works  # type: ignore[attr-defined]  # inside of the embedded bus
        await until(lambda: not running._has_room(), "as much is in line as may be")
        full.set()
        await batches.all(500)
    assert all(len({event.key for event in batch}) == 1 for batch in batches.done)
    assert all(ids == sorted(ids) for ids in batches.by_key.values())
    assert sorted(batches.ids) == [event.id for event in numbered(500)]
    assert max(map(len, batches.calls)) == AT_MOST


async def test_who_has_little_to_do_waits_for_no_more(bus: OpenedBus) -> None:
    batches = Batches()
    async with bus.running(together(batches)):
        for number in range(3):
            await bus.publish(asked(1, f"{number}"))
            await batches.all(number + 1)
    assert batches.calls == [("0",), ("1",), ("2",)]


async def test_a_line_of_thousands_of_one_key_is_read_as_it_is_handled(bus: OpenedBus) -> None:
    batches = Batches()
    await bus.publish(*numbered(MANY))
    async with bus.running(together(batches, records=2_000)):
        await batches.all(MANY)
        await until_read(bus)
    assert batches.ids == [event.id for event in numbered(MANY)]
    assert len(batches.calls) <= MANY / AT_MOST + MANY / 100


async def test_however_many_are_read_at_once_a_line_takes_no_more_than_memory_has(
    bus: OpenedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "MOST_BUSY", 600)
    go_on = asyncio.Event()

    async def wait(_: Batch) -> None:
        await go_on.wait()

    batches = Batches(wait)
    await bus.publish(*numbered(2_000))
    async with bus.running(together(batches, records=500)):
        (running,) = bus.bus.backlog.works  # type: ignore[attr-defined]  # inside of the embedded bus
        await until(lambda: running.lines.busy >= 600, "as much is in line as may be")
        await until(lambda: not running._has_room(), "nothing more is read")
        assert running.lines.busy < 600 + 500
        go_on.set()
        await until_read(bus)
    assert batches.ids == [event.id for event in numbered(2_000)]


async def test_networks_are_never_mixed_whatever_key_they_are_sent_under(bus: OpenedBus) -> None:
    _, headers, _ = POISONS["not JSON"]
    for number in range(12):
        value = json.dumps({"network": (SANDBOX, PUBLIC)[number // 3 % 2], "account": address(number)})
        await bus.put(REQUESTED, value.encode(), headers, key=b"any")
    batches = Batches()
    async with bus.running(together(batches)):
        await batches.all(12)
    assert [{event.network for event in batch} for batch in batches.done] == [{SANDBOX}, {PUBLIC}] * 2
    assert [event.account for batch in batches.done for event in batch] == [address(number) for number in range(12)]


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


async def test_a_stop_finishes_the_call_in_flight_and_begins_no_other(backend: BusBackend) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: Batch) -> None:
        begun.set()
        await go_on.wait()

    first, second = Batches(wait), Batches()
    async with backend.open() as bus:
        await bus.publish(*numbered(3 * AT_MOST))

        async def run() -> None:
            async with bus.running(together(first)):
                await begun.wait()

        stopping = asyncio.create_task(run())
        await begun.wait()
        (running,) = bus.bus.backlog.works  # type: ignore[attr-defined]  # inside of the embedded bus
        await until(lambda: running._stopping, "it stops")
        go_on.set()
        await stopping
        assert first.ids == [event.id for event in numbered(AT_MOST)]
        async with bus.running(together(second)):
            await until_read(bus)
    assert second.ids == [event.id for event in numbered(2 * AT_MOST, first=AT_MOST)]


async def test_of_a_line_that_leaves_only_what_is_before_a_begun_record_is_handled(backend: BusBackend) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: Batch) -> None:
        begun.set()
        await go_on.wait()

    first, second = Batches(wait), Batches()
    _, headers, _ = POISONS["not JSON"]
    async with backend.open() as bus:
        for offset, key in enumerate((b"one", b"other", b"other", b"one", b"other", b"other")):
            named = [(name, b"%d" % offset if name == "ce_id" else value) for name, value in headers]
            value = json.dumps({"network": SANDBOX, "account": address(1)}).encode()
            await bus.put(REQUESTED, value, named, key=key, partition=0)

        async def run() -> None:
            async with bus.running(together(first, at_once=1)):
                await begun.wait()

        stopping = asyncio.create_task(run())
        await begun.wait()
        (running,) = bus.bus.backlog.works  # type: ignore[attr-defined]  # inside of the embedded bus
        await until(lambda: running._finishing, "it stops")
        go_on.set()
        await stopping
        assert first.calls == [("0", "3"), ("1", "2")]
        async with bus.running(together(second)):
            await until_read(bus)
    assert second.calls == [("4", "5")]


async def test_what_outlasts_a_stop_is_cancelled_and_all_of_it_handled_again(
    backend: BusBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stellarmap_common.adapters.kafka.bus.DRAIN_S", 0.05)
    begun = asyncio.Event()

    async def hang(_: Batch) -> None:
        begun.set()
        await asyncio.Event().wait()

    second = Batches()
    async with backend.open() as bus:
        await bus.publish(*numbered(AT_MOST))
        async with bus.running(together(Batches(hang))):
            await begun.wait()
        async with bus.running(together(second)):
            await until_read(bus)
    assert second.calls == [tuple(event.id for event in numbered(AT_MOST))]


async def test_partitions_that_go_to_another_are_handled_there_from_where_they_were_done(bus: OpenedBus) -> None:
    async def give_way(_: Batch) -> None:
        await asyncio.sleep(0.001)

    batches = Batches(give_way)
    async with bus.running(together(batches)):
        await bus.publish(*numbered(2_000, accounts=10))
        await batches.all(200)
        async with bus.running(together(batches)):
            await bus.publish(*numbered(2_000, accounts=10, first=2_000))
            await batches.all(2_500)
        await until_read(bus)
    assert sorted(batches.ids) == [event.id for event in numbered(4_000)]
    assert all(ids == sorted(ids) for ids in batches.by_key.values())


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


async def test_what_follows_from_several_names_no_cause_and_what_follows_from_one_names_it(bus: OpenedBus) -> None:
    async def follow(batch: Batch) -> None:
        await bus.bus.publisher.send(queued(len(batch)))

    await bus.publish(*numbered(3))
    batches = Batches(follow)
    async with bus.running(together(batches), on(QUEUED, Handled())):
        await batches.all(3)
        await bus.publish(asked(1, "one"))
        await batches.all(4)
        await until_read(bus)
    effects = {headers["ce_id"]: headers for headers in map(_headers, await bus.records(QUEUED.name))}
    assert "ce_causationid" not in effects["queued-3"]
    assert effects["queued-3"]["ce_source"] == GROUP
    assert effects["queued-1"]["ce_causationid"] == "one"
    traces = {name: headers["traceparent"].split("-")[1] for name, headers in effects.items()}
    causes = [_headers(record) for record in await bus.records(REQUESTED.name)]
    caused = {headers["ce_id"]: headers["traceparent"].split("-")[1] for headers in causes}
    assert traces["queued-1"] == caused["one"]
    assert traces["queued-3"] not in caused.values()


def _headers(record: Record) -> dict[str, str]:
    return {name: value.decode() for name, value in record.headers}
