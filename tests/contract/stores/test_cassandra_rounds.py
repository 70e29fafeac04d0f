"""What is read at once instead of one after the other is as true, and what is kept is not counted again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from stellarmap_common.adapters.cassandra import counting
from stellarmap_common.adapters.cassandra.recording import CREATIONS_OF
from stellarmap_common.adapters.cassandra.session import Row, Statement
from stellarmap_common.adapters.cassandra.stores import open_stores
from stellarmap_common.domain.creation import Source
from stellarmap_common.domain.status import AccountStatus, Step
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.run_store import Run, RunRef, RunState
from tests.support.cassandra_places import CassandraBackend, PlacedSession
from tests.support.stores import account, creation

ASKED = account("B")
DAY = 16_384  # ledgers of a bucket
LIFE = creation("B", "A", 10)
RUN = Run(ref=RunRef(ASKED, Step.CREATOR), revision=1, state=RunState.FINISHED, holder="step")
KNOWN_AT_ONCE = ["creations of accounts", "ends of accounts", "runs of account", "status", "unplaced of accounts"]


class Noting(PlacedSession):
    """A session that notes what it reads."""

    read: list[str]
    values: list[tuple[Any, ...]]

    async def rows(self, statement: Statement, *values: Any, serial: bool = False) -> list[Row]:
        self.read.append(statement.name)
        self.values.append(values)
        return await super().rows(statement, *values, serial=serial)


class Overtaken(PlacedSession):
    """The session of a reader that has read the facts when `meanwhile` happens, and reads the run then."""

    meanwhile: Callable[[], Awaitable[None]]
    happened: asyncio.Event

    async def rows(self, statement: Statement, *values: Any, serial: bool = False) -> list[Row]:
        if statement.name == "runs of account":
            await self.happened.wait()
        found = await super().rows(statement, *values, serial=serial)
        if statement is CREATIONS_OF and not self.happened.is_set():
            await self.meanwhile()
            self.happened.set()
        return found


STATE = AccountState(ref=ASKED, version=1, status=AccountStatus.COMPLETE)
AT_ONCE = -1_000_000  # quiet: what was written a moment ago rests already


def session_of(backend: CassandraBackend, kind: type[PlacedSession], place: str) -> PlacedSession:
    return kind(backend.driver(), access=backend.access, place=place.rpartition(":")[2])


def noting(backend: CassandraBackend, place: str) -> Noting:
    session = session_of(backend, Noting, place)
    assert isinstance(session, Noting)
    session.read, session.values = [], []
    return session


async def test_an_account_that_rests_is_read_at_once(
    cassandra_backend: CassandraBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = cassandra_backend.new_place()
    stores = open_stores(cassandra_backend.session_at(place))
    await stores.creations.record((LIFE,))
    await stores.accounts.put_state(STATE)
    assert await stores.runs.swap(RUN, None)
    monkeypatch.setattr(counting, "QUIET_MICROS", AT_ONCE)
    session = noting(cassandra_backend, place)
    known = await open_stores(session).known.known_of(ASKED)
    assert sorted(session.read) == KNOWN_AT_ONCE
    assert (known.state, known.creations, known.creator_run) == (STATE, (LIFE,), RUN)


@pytest.mark.parametrize("fresh", ["state", "run"])
async def test_what_was_written_a_moment_ago_is_read_in_order(cassandra_backend: CassandraBackend, fresh: str) -> None:
    place = cassandra_backend.new_place()
    stores = open_stores(cassandra_backend.session_at(place))
    if fresh == "state":
        await stores.accounts.put_state(STATE)
    else:
        assert await stores.runs.swap(RUN, None)
    session = noting(cassandra_backend, place)
    await open_stores(session).known.known_of(ASKED)
    assert [name for name in session.read if name in {"status", "runs of account"}].count("runs of account") == 2
    assert session.read.index("status") < session.read.index("runs of account", 2)
    assert sorted(session.read[-3:]) == ["creations of accounts", "ends of accounts", "unplaced of accounts"]


@pytest.mark.parametrize("asked_again_after_s", [0.0, 1.5])
async def test_no_run_is_seen_finished_without_its_facts(
    cassandra_backend: CassandraBackend, monkeypatch: pytest.MonkeyPatch, asked_again_after_s: float
) -> None:
    """Also where the run is answered so late that what was written meanwhile has rested by then."""
    monkeypatch.setattr(counting, "QUIET_MICROS", 1_000_000)
    place = cassandra_backend.new_place()
    writing = open_stores(cassandra_backend.session_at(place))

    async def finished() -> None:
        await writing.creations.record((LIFE,))
        assert await writing.runs.swap(RUN, None)
        await asyncio.sleep(asked_again_after_s)

    session = session_of(cassandra_backend, Overtaken, place)
    assert isinstance(session, Overtaken)
    session.meanwhile, session.happened = finished, asyncio.Event()
    known = await open_stores(session).known.known_of(ASKED)
    assert (known.creator_run, known.creations) == (RUN, (LIFE,))


async def test_a_total_that_rests_is_one_read(
    cassandra_backend: CassandraBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "QUIET_MICROS", AT_ONCE)
    session = noting(cassandra_backend, cassandra_backend.new_place())
    store = open_stores(session).creations
    for number in range(1, 4):
        await store.record((creation(f"child {number}", "B", number * DAY),))
        assert await store.count_children(ASKED, ChildRange()) == number
        session.read = []
        assert await store.count_children(ASKED, ChildRange()) == number
        assert session.read == ["total of children"]


@pytest.mark.parametrize("counted", [True, False])
async def test_a_page_reads_no_more_buckets_than_it_needs(
    cassandra_backend: CassandraBackend, monkeypatch: pytest.MonkeyPatch, *, counted: bool
) -> None:
    monkeypatch.setattr(counting, "QUIET_MICROS", AT_ONCE)
    session = noting(cassandra_backend, cassandra_backend.new_place())
    store = open_stores(session).creations
    made = tuple(creation(f"child {number}", "B", (number + 1) * DAY) for number in range(30))
    await store.record(made)
    if counted:
        assert await store.count_children(ASKED, ChildRange()) == len(made)
    for limit in (1, 2, 7, 29, 30, 31):
        session.read, session.values = [], []
        assert await store.children_of(ASKED, ChildRange(), limit) == made[:limit]
        read = list(zip(session.read, session.values, strict=True))
        assert [values[-1] for name, values in read if name == "child buckets"] == [limit]
        asked = [bucket for name, values in read if name == "children" for bucket in values[2]]
        assert len(asked) == len(set(asked)) <= limit


async def test_a_page_goes_on_behind_buckets_that_have_become_empty(
    cassandra_backend: CassandraBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "QUIET_MICROS", AT_ONCE)
    store = open_stores(cassandra_backend.session_at(cassandra_backend.new_place())).creations
    wrong = [creation(f"child {number}", "B", (number + 1) * DAY, source=Source.BIGQUERY) for number in range(20)]
    await store.record(wrong)
    await store.record([creation(f"child {number}", "C", (number + 1) * DAY) for number in range(19)])
    for _ in range(2):  # without counts, and with them
        assert await store.children_of(ASKED, ChildRange(), 3) == (wrong[-1],)
        assert await store.count_children(ASKED, ChildRange()) == 1
