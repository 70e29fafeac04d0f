"""An outage costs nothing but time: whatever waits for one source, the others go on, and nothing is counted or set aside."""

import time
from functools import partial
from random import Random

import pytest

from stellarmap_common.adapters.kafka import work
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.status import Lane
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.events.requests import AccountRequested
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
    SteppedClock,
    asked,
    on,
    queued,
    until,
    until_read,
)

HALF_AN_HOUR_S = 1_800
MANY = 7_000  # more than are kept in memory for sources that are away


class Sources:
    """The sources of the networks: away, or not."""

    def __init__(self, *away: NetworkKey) -> None:
        self.away = set(away)
        self.handled = Handled(self._first)

    async def _first(self, event: AccountRequested) -> None:
        if event.network in self.away:
            raise SourceUnavailable("no route")

    def of(self, network: NetworkKey) -> list[str]:
        return [event.id for event in self.handled.events if event.network == network]


def many(network: NetworkKey, count: int = MANY, first: int = 0, *, accounts: int = 1_000) -> list[AccountRequested]:
    """So many events of a thousand accounts, or of so many."""
    return [asked(number % accounts, f"{network}-{number:06}", network) for number in range(first, first + count)]


def in_order(sources: Sources) -> bool:
    return all(ids == sorted(ids) for ids in sources.handled.by_key.values())


@pytest.mark.parametrize("accounts", [MANY, 1_000, 1])
async def test_however_much_waits_for_a_source_another_network_goes_on(bus: OpenedBus, accounts: int) -> None:
    sources = Sources(PUBLIC)
    async with bus.running(on(REQUESTED, sources.handled)):
        await bus.publish(asked(0, f"{PUBLIC}-", PUBLIC))
        await until(lambda: _waiting(bus) == 1, "the public network is away")
        await bus.publish(*many(PUBLIC, MANY - 1, accounts=accounts))
        await bus.publish(*many(SANDBOX, 500))
        await until(lambda: len(sources.of(SANDBOX)) == 500, "the sandbox goes on")
        assert sources.of(PUBLIC) == []
        await until(lambda: _waiting(bus) + _shelved(bus) == MANY, "all of them wait")
        assert 1_000 < _shelved(bus) < MANY
        sources.away.clear()
        await until(lambda: len(sources.of(PUBLIC)) == MANY, "all of the public network")
        await until_read(bus)
    assert len(sources.handled.ids) == MANY + 500
    assert in_order(sources)
    assert await bus.bus.dead_letters.entries() == ()


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few records are kept in memory, so that most are shelved."""
    monkeypatch.setattr(work, "MOST_WAITING", 20)


@pytest.mark.usefixtures("little_room")
@pytest.mark.parametrize("seed", range(3))
async def test_sources_that_come_and_go_cost_nothing_but_time(backend: BusBackend, seed: int) -> None:
    drawn = Random(seed)
    sources = Sources(PUBLIC, SANDBOX)
    events = [event for each in zip(many(PUBLIC, 1_500), many(SANDBOX, 1_500), strict=True) for event in each]
    async with backend.open(clock=HurriedClock(300)) as bus:
        async with bus.running(on(REQUESTED, sources.handled, records=30)):
            for at in range(0, len(events), 200):
                await bus.publish(*events[at : at + 200])
                sources.away = {network for network in (PUBLIC, SANDBOX) if drawn.random() < 0.5}
                # All may be handled before their sources went away: then there is nobody to call.
                called = partial(_called, sources, len(sources.handled.calls) + 20, published=at + 200)
                await until(called, "somebody is called")
            sources.away.clear()
            await sources.handled.all(len(events))
            await until_read(bus)
        assert sorted(sources.handled.ids) == sorted(event.id for event in events)
        assert in_order(sources)
        assert await bus.bus.dead_letters.entries() == ()


@pytest.mark.usefixtures("little_room")
async def test_what_was_shelved_is_handled_after_a_restart(backend: BusBackend) -> None:
    sources = Sources(PUBLIC)
    async with backend.open() as bus:
        async with bus.running(on(REQUESTED, sources.handled)):
            await bus.publish(*many(PUBLIC, 500), *many(SANDBOX, 500))
            await until(lambda: len(sources.of(SANDBOX)) == 500, "the sandbox goes on")
        sources.away.clear()
        async with bus.running(on(REQUESTED, sources.handled)):
            await until_read(bus)
    assert len(set(sources.of(PUBLIC))) == len(sources.of(PUBLIC)) == 500


@pytest.mark.usefixtures("little_room")
async def test_what_was_shelved_is_handled_where_its_partition_goes(bus: OpenedBus) -> None:
    sources = Sources(PUBLIC)
    async with bus.running(on(REQUESTED, sources.handled)):
        await bus.publish(*many(PUBLIC, 500), *many(SANDBOX, 500))
        await until(lambda: len(sources.of(SANDBOX)) == 500, "the sandbox goes on")
        async with bus.running(on(REQUESTED, sources.handled)):
            sources.away.clear()
            await until_read(bus)
    assert set(sources.of(PUBLIC)) == {event.id for event in many(PUBLIC, 500)}


@pytest.mark.usefixtures("little_room")
async def test_what_retention_took_from_the_shelf_is_not_waited_for(bus: OpenedBus) -> None:
    sources = Sources(PUBLIC)
    async with bus.running(on(REQUESTED, sources.handled)):
        await bus.publish(*many(PUBLIC, 500))
        await until(lambda: _shelved(bus) > 300, "most are shelved")
        await bus.remove_records(REQUESTED)
        sources.away.clear()
        await bus.publish(*many(PUBLIC, 100, first=500))
        await until(lambda: _shelved(bus) == 0, "the shelf is empty")
        await until_read(bus)
    assert {event.id for event in many(PUBLIC, 100, first=500)} <= set(sources.of(PUBLIC))
    assert in_order(sources)


@pytest.mark.usefixtures("little_room")
async def test_what_waits_on_the_shelf_counts_as_unread(bus: OpenedBus) -> None:
    sources = Sources(PUBLIC)
    async with bus.running(on(REQUESTED, sources.handled)):
        await bus.publish(*many(PUBLIC, 500))
        await until(lambda: _shelved(bus) > 300, "most are shelved")
        await bus.publish(*many(SANDBOX, 500))
        await until(lambda: len(sources.of(SANDBOX)) == 500, "the sandbox goes on")
        backlog = bus.bus.backlog
        assert await backlog.unread(GROUP, REQUESTED.name) == 500
        assert await backlog.oldest_unread(GROUP, PUBLIC) is not None
        assert await backlog.oldest_unread(GROUP, SANDBOX) is None


@pytest.mark.usefixtures("little_room")
async def test_what_is_done_behind_a_waiting_record_holds_no_lower_lane(bus: OpenedBus) -> None:
    sources, bulk = Sources(PUBLIC), Handled()
    async with bus.running(on(REQUESTED, sources.handled), on(QUEUED, bulk, lane=Lane.QUEUED, records=8)):
        await bus.publish(*many(PUBLIC, 500), *many(SANDBOX, 500))
        await until(lambda: len(sources.of(SANDBOX)) == 500, "the sandbox goes on")
        began = time.monotonic()
        await bus.publish(*(queued(number) for number in range(2_000)))
        await bulk.all(2_000)
        assert time.monotonic() - began < 10


def _called(sources: Sources, times: int, *, published: int) -> bool:
    return len(sources.handled.calls) > times or len(sources.handled.events) == published


def _shelved(bus: OpenedBus) -> int:
    return sum(running.shelf.count for running in bus.bus.backlog.works)  # type: ignore[attr-defined]  # inside of the embedded bus


def _waiting(bus: OpenedBus) -> int:
    return sum(running.lines.waiting for running in bus.bus.backlog.works)  # type: ignore[attr-defined]  # inside of the embedded bus


async def test_an_outage_of_half_an_hour_costs_nothing_but_time(backend: BusBackend) -> None:
    clock = SteppedClock()
    sources = Sources(PUBLIC)
    async with backend.open(clock=clock) as bus, bus.running(on(REQUESTED, sources.handled)):
        for number in range(60):
            await bus.publish(*many(PUBLIC, 5, first=5 * number), *many(SANDBOX, 5, first=5 * number))
            await clock.pass_time(HALF_AN_HOUR_S / 60)
        assert sources.of(PUBLIC) == []
        assert len(sources.of(SANDBOX)) == 300
        tried = len(sources.handled.calls) - 300
        assert HALF_AN_HOUR_S / 30 < tried < HALF_AN_HOUR_S, "it is probed, and not stormed"
        sources.away.clear()
        async with clock.passing():
            await until(lambda: len(sources.of(PUBLIC)) == 300, "all of the public network")
            await until_read(bus)
        assert in_order(sources)
        assert await bus.bus.dead_letters.entries() == ()


async def test_half_an_hour_without_one_of_two_sources_of_a_network_costs_nothing_but_time(backend: BusBackend) -> None:
    clock = SteppedClock()
    away = True

    async def second_source(event: AccountRequested) -> None:
        if away and event.id.startswith("both"):
            raise SourceUnavailable("the second source is away")

    handled = Handled(second_source)
    async with backend.open(clock=clock) as bus, bus.running(on(REQUESTED, handled)):
        await bus.publish(*(asked(number, f"both-{number}") for number in range(20)))
        for number in range(60):
            await bus.publish(*(asked(100 + 5 * number + each) for each in range(5)))
            await clock.pass_time(HALF_AN_HOUR_S / 60)
        assert len(handled.ids) == 300
        assert await bus.bus.dead_letters.entries() == ()
        away = False
        async with clock.passing():
            await handled.all(320)
            await until_read(bus)
        assert await bus.bus.dead_letters.entries() == ()


async def test_after_an_outage_a_record_has_all_its_rounds_before_it(backend: BusBackend) -> None:
    clock = SteppedClock()
    sources = Sources(PUBLIC)
    async with backend.open(clock=clock) as bus, bus.running(on(REQUESTED, sources.handled)):
        await bus.publish(asked(1, "first", PUBLIC))
        await clock.pass_time(HALF_AN_HOUR_S)
        failed = len(sources.handled.calls)
        sources.away.clear()
        async with clock.passing():
            await sources.handled.all(1)
        assert failed > 20
        assert (
            bus.counted("stellarmap_events_dead_lettered_total", group=GROUP, topic=REQUESTED.name, reason="at fault")
            == 0
        )
