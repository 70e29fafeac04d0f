"""What is kept of rings is read instead of the children, and is never of children that changed while they were read."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from stellarmap_common.adapters.cassandra import counting
from stellarmap_common.adapters.cassandra.session import Row, Statement
from stellarmap_common.adapters.cassandra.stores import open_stores as open_in_cassandra
from stellarmap_common.adapters.sqlite.database import Database, open_database
from stellarmap_common.adapters.sqlite.migrations import migrate
from stellarmap_common.adapters.sqlite.ring_store import SqliteRingStore
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.adapters.sqlite.threads import Work
from stellarmap_common.domain import rings as domain
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.ring_store import RingStore
from stellarmap_common.ports.stores import Stores
from tests.support.cassandra_places import CassandraBackend, PlacedSession, placed
from tests.support.rings import seen_dots, true_dots
from tests.support.stores import account, creation

HUB = account("hub")
CHILDREN = 3 * domain.CHUNK + 10

T = TypeVar("T")


async def filled(stores: Stores) -> None:
    await stores.creations.record([creation(number, "hub", 10 * number + 10) for number in range(CHILDREN)])


async def are_true(rings: RingStore, stores: Stores) -> bool:
    found = await rings.rings_of(HUB)
    children = await stores.creations.children_of(HUB, ChildRange(), 2 * CHILDREN)
    return list(seen_dots(found.first_minute, found.steps(), found.classes(), found.children)) == true_dots(children)


class Interrupted(Database):
    """A database in which something happens before each write."""

    def __init__(self, database: Database, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self._database = database
        self._meanwhile = meanwhile

    async def read(self, work: Work[T]) -> T:
        return await self._database.read(work)

    async def write(self, work: Work[T], *, durable: bool = True) -> T:
        await self._meanwhile()
        return await self._database.write(work, durable=durable)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    migrate(tmp_path / "store.sqlite")
    async with open_database(tmp_path / "store.sqlite") as opened:
        yield opened


async def kept_in(database: Database) -> int:
    ((count,),) = await database.rows("SELECT count(*) FROM ring_chunk")
    return int(count)


async def test_sqlite_reads_full_chunks_once(database: Database) -> None:
    stores = open_stores(database)
    await filled(stores)
    first = await stores.rings.rings_of(HUB)
    assert await kept_in(database) == len(first.chunks) - 1 == 3
    # Not as anything records it: who reads kept chunks does not see it.
    await database.write(lambda connection: connection.execute("UPDATE creation SET starting_balance_stroops = NULL"))
    again = await stores.rings.rings_of(HUB)
    assert again.chunks[:-1] == first.chunks[:-1]
    assert set(again.chunks[-1].classes) == {domain.UNKNOWN_BALANCE}


@pytest.mark.parametrize("place", [5, domain.CHUNK, 2 * domain.CHUNK - 1, CHILDREN - 1])
async def test_sqlite_keeps_no_chunk_whose_children_changed_while_it_was_read(database: Database, place: int) -> None:
    stores = open_stores(database)
    await filled(stores)
    late = creation("late", "hub", 10 * place + 15)

    async def meanwhile() -> None:
        await stores.creations.record([late])

    await SqliteRingStore(Interrupted(database, meanwhile)).rings_of(HUB)
    assert await kept_in(database) == (place + 1) // domain.CHUNK
    for _ in range(2):
        assert await are_true(stores.rings, stores)
    assert await kept_in(database) == 3


async def test_sqlite_keeps_chunks_once_when_two_read_at_the_same_time(database: Database) -> None:
    stores = open_stores(database)
    await filled(stores)

    async def meanwhile() -> None:
        await stores.rings.rings_of(HUB)

    await SqliteRingStore(Interrupted(database, meanwhile)).rings_of(HUB)
    assert await kept_in(database) == 3
    assert await are_true(stores.rings, stores)


async def test_sqlite_forgets_from_the_changed_chunk_on_and_no_other_hubs(database: Database) -> None:
    stores = open_stores(database)
    await filled(stores)
    await stores.creations.record([creation(f"of two {n}", "two", 10 * n + 10) for n in range(domain.CHUNK + 1)])
    for hub in (HUB, account("two")):
        await stores.rings.rings_of(hub)
    assert await kept_in(database) == 4
    await stores.creations.record([creation("in the second chunk", "hub", 10 * domain.CHUNK + 15)])
    assert await kept_in(database) == 2
    await stores.creations.record([creation("last", "hub", 10 * CHILDREN + 15)])
    assert await kept_in(database) == 2
    assert await are_true(stores.rings, stores)


class Counting(PlacedSession):
    """A session that counts reads of whole buckets, and does something before each time that rings are kept."""

    buckets_read = 0
    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def pages(self, statement: Statement, *values: Any, fetch: int = 1_000) -> AsyncIterator[list[Row]]:
        self.buckets_read += 1
        async for page in super().pages(statement, *values, fetch=fetch):
            yield page

    async def execute(self, statement: Statement, *values: Any) -> None:
        if statement.name == "keep rings" and self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        await super().execute(statement, *values)


async def few(stores: Stores) -> None:
    """On three days."""
    await stores.creations.record([creation(number, "hub", 6_000 * number + 1) for number in range(8)])


async def test_cassandra_reads_a_quiet_bucket_once(cassandra_backend: CassandraBackend) -> None:
    session = placed(cassandra_backend, Counting)
    stores = open_in_cassandra(session)
    await few(stores)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(counting, "QUIET_MICROS", -1_000_000)
        for wanted in (3, 3):
            assert await are_true(stores.rings, stores)
            assert session.buckets_read == wanted
        await stores.creations.record([creation("late", "hub", 20_000)])
        assert await are_true(stores.rings, stores)
        assert session.buckets_read == 4


async def test_cassandra_keeps_nothing_of_a_bucket_that_was_just_written(cassandra_backend: CassandraBackend) -> None:
    session = placed(cassandra_backend, Counting)
    stores = open_in_cassandra(session)
    await few(stores)
    for wanted in (3, 6):
        assert await are_true(stores.rings, stores)
        assert session.buckets_read == wanted


async def test_cassandra_keeps_no_bucket_that_changed_while_it_was_read(cassandra_backend: CassandraBackend) -> None:
    session = placed(cassandra_backend, Counting)
    stores = open_in_cassandra(session)
    await few(stores)

    async def meanwhile() -> None:
        await stores.creations.record([creation(f"late {day}", "hub", 16_384 * day + 2_000) for day in range(3)])

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(counting, "QUIET_MICROS", -1_000_000)
        session.meanwhile = meanwhile
        await stores.rings.rings_of(HUB)
        for _ in range(2):
            assert await are_true(stores.rings, stores)
