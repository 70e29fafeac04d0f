"""The session on a real node: every page, every outcome of a transaction, outages told apart from bugs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from threading import Event
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from cassandra import InvalidRequest
from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.cassandra.access import CassandraAccess
from stellarmap_common.adapters.cassandra.migrations import migrate
from stellarmap_common.adapters.cassandra.session import CassandraSession, Statement, open_session
from stellarmap_common.adapters.cassandra.stores import open_stores
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.observability.metrics import Metrics, open_metrics
from tests.support.cassandra_places import CassandraBackend, PlacedSession
from tests.support.servers.cassandra import CassandraServer, cassandra_server
from tests.support.stores import account, creation

T = TypeVar("T")

KEEP = Statement("keep anchor bucket", "INSERT INTO ledger_anchor_bucket (network, bucket) VALUES (?, ?)")
KEEP_ONCE = Statement("keep once", "INSERT INTO ledger_anchor_bucket (network, bucket) VALUES (?, ?) IF NOT EXISTS")
KEPT = Statement("kept", "SELECT bucket FROM ledger_anchor_bucket WHERE network = ?")
BEGIN = Statement(
    "begin", "INSERT INTO account_status (network, account, version, status) VALUES (?, ?, ?, ?) IF NOT EXISTS"
)
NEXT = Statement("next", "UPDATE account_status SET version = ? WHERE network = ? AND account = ? IF version = ?")
STANDS = Statement("stands", "SELECT version FROM account_status WHERE network = ? AND account = ?")


@pytest_asyncio.fixture
async def session(cassandra_backend: CassandraBackend) -> AsyncIterator[PlacedSession]:
    yield cassandra_backend.session_at(cassandra_backend.new_place())


async def test_a_read_gives_every_row_however_many_pages_they_fill(session: CassandraSession) -> None:
    await session.batch((KEEP, ("n", number)) for number in range(12_000))
    assert await session.rows(KEPT, "n") == [(number,) for number in range(12_000)]
    chunks = [len(rows) async for rows in session.pages(KEPT, "n", fetch=5_000)]
    assert chunks == [5_000, 5_000, 2_000]


async def test_a_transaction_tells_whether_it_was_done_and_what_stands_if_not(session: CassandraSession) -> None:
    assert await session.applied(BEGIN, "n", "A", 1, "PENDING")
    assert not await session.applied(BEGIN, "n", "A", 2, "PENDING")
    assert await session.refused_by(NEXT, 3, "n", "A", 2) == (1,)
    assert await session.refused_by(NEXT, 2, "n", "A", 1) is None
    assert await session.rows(STANDS, "n", "A", serial=True) == [(2,)]


async def test_of_many_transactions_at_once_one_is_done(session: CassandraSession) -> None:
    done = await asyncio.gather(*(session.applied(KEEP_ONCE, "n", 1) for _ in range(12)))
    assert sum(done) == 1


async def test_writes_of_one_partition_are_done_together_under_a_condition_or_not_at_all(
    session: CassandraSession,
) -> None:
    assert await session.applied_batch([(KEEP_ONCE, ("n", 1)), (KEEP, ("n", 2))])
    assert not await session.applied_batch([(KEEP_ONCE, ("n", 1)), (KEEP, ("n", 3))])
    assert await session.rows(KEPT, "n") == [(1,), (2,)]


async def test_many_writes_are_bounded_and_all_done(session: CassandraSession) -> None:
    await session.gather((KEEP, (f"n{number % 7}", number)) for number in range(1_000))
    counts = [len(await session.rows(KEPT, f"n{number}")) for number in range(7)]
    assert sum(counts) == 1_000


async def test_a_statement_that_is_wrong_is_a_bug_and_no_outage(session: CassandraSession) -> None:
    with pytest.raises(InvalidRequest, match="nowhere"):
        await session.rows(Statement("wrong", "SELECT a FROM nowhere WHERE a = ?"), 1)
    await session.execute(KEEP, "n", 1)


async def test_whoever_stops_waiting_disturbs_nobody_else(session: CassandraSession) -> None:
    waiting = [asyncio.create_task(session.rows(KEPT, "n")) for _ in range(20)]
    await asyncio.sleep(0)
    for task in waiting[::2]:
        task.cancel()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert found[1::2] == [[]] * 10


async def test_the_metrics_name_statements_and_never_what_they_are_about(
    cassandra_keyspace: CassandraAccess,
) -> None:
    metrics = open_metrics(CollectorRegistry())
    async with open_session(cassandra_keyspace, metrics) as session:
        for number in range(3):
            await session.rows(KEPT, f"network {number}")
    assert timed(metrics) == {"prepare": 1, "kept": 3}


def timed(metrics: Metrics) -> dict[str, float]:
    samples = [sample for family in metrics.store_seconds.collect() for sample in family.samples]
    return {one.labels["statement"]: one.value for one in samples if one.name.endswith("_count")}


async def test_nobody_there_is_an_outage() -> None:
    with pytest.raises(StoreUnavailable, match="Cassandra did not answer"):
        async with open_session(CassandraAccess(port=1), open_metrics(CollectorRegistry())):
            pass


async def test_a_keyspace_that_is_not_there_is_named(cassandra_address: tuple[str, int]) -> None:
    host, port = cassandra_address
    access = CassandraAccess(contact_points=(host,), port=port, keyspace="nowhere")
    with pytest.raises(StoreUnavailable, match="no keyspace nowhere"):
        async with open_session(access, open_metrics(CollectorRegistry())):
            pass


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CassandraServer]:
    """A node that only these tests have: they kill it."""
    with cassandra_server(tmp_path_factory.mktemp("own")) as server:
        yield server


@pytest_asyncio.fixture
async def own(own_server: CassandraServer) -> AsyncIterator[CassandraSession]:
    access = CassandraAccess(contact_points=(own_server.host,), port=own_server.port)
    await asyncio.to_thread(migrate, access)
    async with open_session(access, open_metrics(CollectorRegistry())) as session:
        yield session


async def test_acknowledged_facts_outlive_a_kill_of_the_node_and_the_session_goes_on_by_itself(
    own: CassandraSession, own_server: CassandraServer
) -> None:
    store = open_stores(own).creations
    acknowledged = 0
    writing = asyncio.Event()

    async def write() -> None:
        nonlocal acknowledged
        for number in range(1, 1_000_000):
            await store.record([creation(f"killed {number}", "hub", number)])
            acknowledged = number
            if number == 40:
                writing.set()

    task = asyncio.create_task(write())
    await asyncio.wait_for(writing.wait(), 60)
    own_server.kill()
    with pytest.raises(StoreUnavailable):
        await asyncio.wait_for(task, 60)
    own_server.start()  # which only the main thread may
    for number in range(1, acknowledged + 1):
        kept = await patiently(store.creations_of, account(f"killed {number}"))
        assert kept == (creation(f"killed {number}", "hub", number),)
    await store.record([creation("later", "hub", 1_000_000)])


async def patiently(work: Callable[..., Awaitable[T]], *values: Any) -> T:
    """What `work` gives once the store is back, which takes the session a moment: bounded by tries that each wait."""
    for _ in range(200):
        try:
            return await work(*values)
        except StoreUnavailable:
            await asyncio.to_thread(Event().wait, 0.1)
    return await work(*values)


async def test_a_node_that_stands_still_is_an_outage_and_one_that_goes_on_is_none(
    own: CassandraSession, own_server: CassandraServer
) -> None:
    await patiently(own.execute, KEEP, "n", 1)
    own_server.pause()
    try:
        with pytest.raises(StoreUnavailable):
            await asyncio.wait_for(own.rows(KEPT, "n"), 30)
    finally:
        own_server.resume()
    assert (1,) in await patiently(own.rows, KEPT, "n")
