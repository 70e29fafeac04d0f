"""One replica works; the others stand by, go on when it stops or is gone, and none works whose lease may be another's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.errors import PermanentError, StoreUnavailable
from stellarmap_common.ports.lease_store import Lease, LeaseStore
from stellarmap_common.runtime import standby
from stellarmap_common.runtime.service import Service
from stellarmap_common.runtime.standby import (
    DRAIN_S,
    LEASE_S,
    MARGIN_S,
    RENEW_S,
    LeaseHeld,
    LeaseLost,
    Standby,
    standby_of,
)
from tests.support.sources import SteppedClock, settled

pytestmark = pytest.mark.unit

NAME = "ingest"


@dataclass
class Breakable:
    """Leases whose store can be away."""

    inner: LeaseStore
    away: bool = False

    async def take(self, name: str, holder: str, now: datetime, for_s: float) -> Lease | None:
        self._look()
        return await self.inner.take(name, holder, now, for_s)

    async def release(self, name: str, holder: str) -> None:
        self._look()
        await self.inner.release(name, holder)

    async def standing(self, name: str) -> Lease | None:
        self._look()
        return await self.inner.standing(name)

    def _look(self) -> None:
        if self.away:
            raise StoreUnavailable("away")


@dataclass
class Replica:
    """A process, as far as it works or stands by."""

    standby: Standby
    drains_s: float = 0.0
    fails: bool = False
    _works: bool = False
    clock: SteppedClock = field(default_factory=SteppedClock)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None

    def works(self) -> bool:
        return self._works

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """As SIGTERM does; raises what it ended with."""
        self._stop.set()
        await settled()

    async def ended(self) -> None:
        assert self._task
        await asyncio.wait_for(asyncio.shield(self._task), 5)

    async def _run(self) -> None:
        async with self.standby.working(self._work):
            await self._stop.wait()

    def _work(self) -> AbstractAsyncContextManager[None]:
        return self._working()

    @asynccontextmanager
    async def _working(self) -> AsyncIterator[None]:
        if self.fails:
            raise PermanentError("a topic is missing")
        self._works = True
        try:
            yield
        finally:
            if self.drains_s:
                await self.clock.sleep(self.drains_s)
            self._works = False


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
async def leases() -> AsyncIterator[Breakable]:
    async with open_database(":memory:", inline=True) as database:
        yield Breakable(open_stores(database).leases)


def replica(leases: Breakable, clock: SteppedClock, name: str = NAME, *, fails: bool = False) -> Replica:
    made = Replica(Standby(leases, clock, name), clock=clock, fails=fails)
    made.start()
    return made


async def test_who_needs_no_lease_works_at_once(leases: Breakable, clock: SteppedClock) -> None:
    leases.away = True
    one, other = replica(leases, clock, ""), replica(leases, clock, "")
    await settled()
    assert (one.works(), other.works(), one.standby.waits) == (True, True, False)
    for each in (one, other):
        await each.stop()
        await each.ended()


def test_a_service_that_works_alone_names_the_lease(leases: Breakable, clock: SteppedClock) -> None:
    together, alone = Service(name="gateway"), Service(name="ingest", alone=NAME)
    assert not standby_of((together,), leases, clock)._name
    assert standby_of((together, alone), leases, clock)._name == NAME


async def test_one_works_and_the_other_goes_on_within_two_seconds_of_a_stop(
    leases: Breakable, clock: SteppedClock
) -> None:
    one = replica(leases, clock)
    await clock.pass_s(0)
    other = replica(leases, clock)
    await clock.pass_s(60)
    assert (one.works(), other.works()) == (True, False)
    assert (one.standby.waits, other.standby.waits) == (False, True)
    await one.stop()
    await one.ended()
    await clock.pass_s(2)
    assert (one.works(), other.works()) == (False, True)
    await other.stop()
    await other.ended()


async def test_after_a_kill_the_next_goes_on_within_the_lease(leases: Breakable, clock: SteppedClock) -> None:
    assert await leases.take(NAME, "killed", clock.now(), LEASE_S)
    other = replica(leases, clock)
    await clock.pass_s(LEASE_S - 0.5)
    assert not other.works()
    await clock.pass_s(1.5)
    assert other.works()
    await other.stop()
    await other.ended()


async def test_the_lease_is_kept_while_what_is_in_flight_is_finished(leases: Breakable, clock: SteppedClock) -> None:
    one = replica(leases, clock)
    one.drains_s = 20
    await clock.pass_s(1)
    other = replica(leases, clock)
    await one.stop()
    await clock.pass_s(19)
    assert (one.works(), other.works()) == (True, False)
    await clock.pass_s(3)
    assert (one.works(), other.works()) == (False, True)
    await one.ended()
    await other.stop()
    await other.ended()


async def test_a_store_that_is_away_for_a_moment_ends_nothing(leases: Breakable, clock: SteppedClock) -> None:
    one = replica(leases, clock)
    for _ in range(5):
        await clock.pass_s(3)
        leases.away = True
        await clock.pass_s(LEASE_S - MARGIN_S - 2)
        assert one.works()
        leases.away = False
        await clock.pass_s(3)
    await one.stop()
    await one.ended()


async def test_who_cannot_keep_the_lease_ends_before_another_can_have_it(
    leases: Breakable, clock: SteppedClock
) -> None:
    one = replica(leases, clock)
    await clock.pass_s(1)
    assert one.works()
    leases.away = True
    await clock.pass_s(LEASE_S - DRAIN_S)
    assert not one.works()
    with pytest.raises(LeaseLost, match="another replica may be active"):
        await one.ended()


async def test_who_finds_another_in_its_place_ends_at_once(leases: Breakable, clock: SteppedClock) -> None:
    one = replica(leases, clock)
    await clock.pass_s(1)
    holder = one.standby._holder
    await leases.release(NAME, holder)
    assert await leases.take(NAME, "another", clock.now(), LEASE_S)
    await clock.pass_s(2)
    assert not one.works()
    with pytest.raises(LeaseLost):
        await one.ended()
    assert await leases.take(NAME, "another", clock.now(), LEASE_S)


async def test_what_the_work_fails_with_ends_the_process_and_the_next_goes_on(
    leases: Breakable, clock: SteppedClock
) -> None:
    one = replica(leases, clock, fails=True)
    with pytest.raises(PermanentError, match="a topic is missing"):
        await one.ended()
    other = replica(leases, clock)
    await clock.pass_s(1)
    assert other.works()
    await other.stop()
    await other.ended()


async def test_who_stands_by_can_be_stopped_and_takes_nothing_along(leases: Breakable, clock: SteppedClock) -> None:
    assert await leases.take(NAME, "at work", clock.now(), LEASE_S)
    other = replica(leases, clock)
    await clock.pass_s(5)
    await other.stop()
    await other.ended()
    assert not other.works()
    assert await leases.take(NAME, "at work", clock.now(), LEASE_S)


async def test_work_that_does_not_end_does_not_keep_the_process(
    leases: Breakable, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standby, "DRAIN_S", 0.05)
    one = replica(leases, clock)
    one.drains_s = 1_000
    await clock.pass_s(1)
    leases.away = True
    await clock.pass_s(LEASE_S - MARGIN_S)
    with pytest.raises(LeaseLost):
        await one.ended()
    assert one.works()  # it was cut off


async def test_what_is_held_for_no_longer_than_a_moment_is_free_at_once(leases: Breakable, clock: SteppedClock) -> None:
    for holder in ("one", "other"):
        async with Standby(leases, clock, NAME, holder).holding():
            assert await leases.take(NAME, "a third", clock.now(), LEASE_S) is None


@pytest.mark.parametrize("after_s", [0, RENEW_S + 1])
async def test_who_holds_a_lease_that_cannot_be_kept_ends_before_another_can_have_it(
    leases: Breakable, clock: SteppedClock, after_s: float
) -> None:
    ended = asyncio.Event()

    async def hold() -> None:
        async with Standby(leases, clock, NAME, "us").holding():
            leases.away = not after_s
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

    held = asyncio.create_task(hold())
    await clock.pass_s(after_s)
    assert not ended.is_set()
    leases.away = True
    await clock.pass_s(LEASE_S - MARGIN_S)
    assert ended.is_set()
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(held, 5)


async def test_what_fails_while_a_lease_is_held_is_told_and_the_lease_is_free(
    leases: Breakable, clock: SteppedClock
) -> None:
    with pytest.raises(PermanentError, match="no fact"):
        async with Standby(leases, clock, NAME, "us").holding():
            raise PermanentError("no fact")
    assert await leases.take(NAME, "another", clock.now(), LEASE_S)


async def test_a_lease_of_another_or_of_a_store_that_is_away_opens_nothing(
    leases: Breakable, clock: SteppedClock
) -> None:
    assert await leases.take(NAME, "another", clock.now(), LEASE_S)
    with pytest.raises(LeaseHeld, match="held by another"):
        async with Standby(leases, clock, NAME, "us").holding():
            pytest.fail("two at once")
    leases.away = True
    with pytest.raises(StoreUnavailable):
        async with Standby(leases, clock, NAME, "us").holding():
            pytest.fail("nobody knows")
