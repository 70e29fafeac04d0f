"""What is read at once instead of one after the other is as true, and what is kept is not counted again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from stellarmap_common.adapters.cassandra import counting
from stellarmap_common.adapters.cassandra.recording import CREATIONS_OF
from stellarmap_common.adapters.cassandra.session import Row, Statement
from stellarmap_common.adapters.cassandra.stores import open_stores
from stellarmap_common.domain.status import Step
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.run_store import Run, RunRef, RunState
from tests.support.cassandra_places import CassandraBackend, PlacedSession
from tests.support.stores import account, creation

ASKED = account("B")
LIFE = creation("B", "A", 10)
RUN = Run(ref=RunRef(ASKED, Step.CREATOR), revision=1, state=RunState.FINISHED, holder="step")
KNOWN_AT_ONCE = ["creations of accounts", "ends of accounts", "runs of account", "status", "unplaced of accounts"]


class Noting(PlacedSession):
    """A session that notes what it reads."""

    read: list[str]

    async def rows(self, statement: Statement, *values: Any, serial: bool = False) -> list[Row]:
        self.read.append(statement.name)
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


def session_of(backend: CassandraBackend, kind: type[PlacedSession], place: str) -> PlacedSession:
    return kind(backend.driver(), access=backend.access, place=place.rpartition(":")[2])


async def test_an_account_that_rests_is_read_at_once(cassandra_backend: CassandraBackend) -> None:
    place = cassandra_backend.new_place()
    stores = open_stores(cassandra_backend.session_at(place))
    await stores.creations.record((LIFE,))
    assert await stores.runs.swap(RUN, None)
    session = session_of(cassandra_backend, Noting, place)
    assert isinstance(session, Noting)
    session.read = []
    fresh = await open_stores(session).known.known_of(ASKED)
    assert session.read.count("runs of account") == 2, "it was written a moment ago"
    session.read = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(counting, "QUIET_MICROS", -1_000_000)
        assert await open_stores(session).known.known_of(ASKED) == fresh
    assert sorted(session.read) == KNOWN_AT_ONCE
    assert (fresh.creations, fresh.creator_run) == ((LIFE,), RUN)


async def test_no_run_is_seen_finished_without_its_facts(cassandra_backend: CassandraBackend) -> None:
    place = cassandra_backend.new_place()
    writing = open_stores(cassandra_backend.session_at(place))

    async def finished() -> None:
        await writing.creations.record((LIFE,))
        assert await writing.runs.swap(RUN, None)

    session = session_of(cassandra_backend, Overtaken, place)
    assert isinstance(session, Overtaken)
    session.meanwhile, session.happened = finished, asyncio.Event()
    known = await open_stores(session).known.known_of(ASKED)
    assert (known.creator_run, known.creations) == (RUN, (LIFE,))


async def test_a_total_that_rests_is_one_read(cassandra_backend: CassandraBackend) -> None:
    session = session_of(cassandra_backend, Noting, cassandra_backend.new_place())
    assert isinstance(session, Noting)
    session.read = []
    store = open_stores(session).creations
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(counting, "QUIET_MICROS", -1_000_000)
        for number in range(1, 4):
            await store.record((creation(f"child {number}", "B", number * 16_384),))
            assert await store.count_children(ASKED, ChildRange()) == number
            session.read = []
            assert await store.count_children(ASKED, ChildRange()) == number
            assert session.read == ["total of children"]


async def test_a_page_reads_no_more_buckets_than_it_needs(cassandra_backend: CassandraBackend) -> None:
    store = open_stores(cassandra_backend.session_at(cassandra_backend.new_place())).creations
    made = tuple(creation(f"child {number}", "B", (number + 1) * 16_384) for number in range(30))
    await store.record(made)
    for limit in (1, 2, 7, 29, 30, 31):
        assert await store.children_of(ASKED, ChildRange(), limit) == made[:limit]
