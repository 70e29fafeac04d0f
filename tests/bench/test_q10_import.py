"""Q10: a bulk import of creations into the store, indexes and counts included: into an empty store, then into one in use."""

import asyncio
import gc
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.cassandra.access import CassandraAccess
from stellarmap_common.adapters.cassandra.migrations import migrate as migrate_keyspace
from stellarmap_common.adapters.cassandra.session import open_session
from stellarmap_common.adapters.cassandra.stores import open_stores as open_cassandra_stores
from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.migrations import migrate
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.observability.metrics import open_metrics
from stellarmap_common.ports.creation_store import ChildKey, ChildRange
from stellarmap_common.ports.stores import Stores
from tests.support.measured import cpu_s, report
from tests.support.servers.cassandra import CassandraServer, cassandra_server
from tests.support.stores import SANDBOX, creation, figures_now

EMPTY, IN_USE = 1_000_000, 200_000
BARS = {"empty": 100_000, "in use": 30_000}
WARM, ROWS = 100_000, 200_000
CASSANDRA_BAR = 4_000
IMPORTED_TOGETHER = 10_000  # what an import hands over at once: a page of BigQuery
ROUNDS = 2
COMPARED = 2_000
PER_LEDGER = 25


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CassandraServer]:
    """A node of its own: whatever else a shared one does would be measured too."""
    with cassandra_server(tmp_path_factory.mktemp("q10"), heap="1g") as started:
        yield started


@pytest.mark.timeout(900)
async def test_creations_are_imported_into_one_cassandra_node_as_fast_as_the_bar_says(server: CassandraServer) -> None:
    access = CassandraAccess(contact_points=(server.host,), port=server.port)
    await asyncio.to_thread(migrate_keyspace, access)
    facts = forest(WARM + ROWS)
    async with open_session(access, open_metrics(CollectorRegistry())) as session:
        stores = open_cassandra_stores(session)
        await rate(stores, facts[:WARM], IMPORTED_TOGETHER)  # the server compiles its own code at first
        server_s, client_s = cpu_s(server.pid), time.process_time()
        figure = round(await rate(stores, facts[WARM:], IMPORTED_TOGETHER))
        server_us, client_us = (
            (cpu_s(server.pid) - server_s) / ROWS * 1e6,
            (time.process_time() - client_s) / ROWS * 1e6,
        )
        await check(stores, facts)
    cpu = {"server_cpu_us": round(server_us), "client_cpu_us": round(client_us)}
    report("q10-cassandra", bar_per_s=CASSANDRA_BAR, creations_per_s=figure, rows=ROWS, rows_before=WARM, **cpu)
    assert figure >= CASSANDRA_BAR


@pytest.mark.timeout(900)
async def test_creations_are_imported_as_fast_as_the_bar_says(tmp_path: Path) -> None:
    facts = forest(EMPTY + IN_USE)
    gc.collect()
    gc.freeze()  # the facts are the measure's own; an import holds only a page of them
    rounds = [await measured(tmp_path / f"{number}.sqlite", facts) for number in range(ROUNDS)]
    gc.unfreeze()
    best = {name: round(max(figures[name] for figures in rounds)) for name in BARS}
    report("q10", bar_per_s=BARS, creations_per_s=best, rows={"empty": EMPTY, "in use": IN_USE}, rounds=ROUNDS)
    assert all(best[name] >= bar for name, bar in BARS.items())


async def measured(path: Path, facts: Sequence[Creation]) -> dict[str, float]:
    """Creations a second into a new store, and then into the same one in use."""
    migrate(path)
    async with open_database(path) as database:
        stores = open_stores(database)
        figures = {
            "empty": await rate(stores, facts[:EMPTY], EMPTY),
            "in use": await rate(stores, facts[EMPTY:], IMPORTED_TOGETHER),
        }
        await check(stores, facts)
    check_file(path)
    return figures


def forest(size: int) -> list[Creation]:
    """Creations in operation order, in the shape of the real network: a few hubs, and most accounts without a child."""
    chance = random.Random(10)
    creators = [0]
    facts = []
    for number in range(1, size + 1):
        creator = creators[min(int(chance.paretovariate(0.7)) - 1, len(creators) - 1)]
        facts.append(creation(number, creator, number // PER_LEDGER + 2, number % PER_LEDGER + 1))
        if chance.random() < 0.03:
            creators.append(number)
    return facts


async def rate(stores: Stores, facts: Sequence[Creation], together: int) -> float:
    """Creations a second, from the first handed over to the last durable and readable by every index."""
    began = time.perf_counter()
    for start in range(0, len(facts), together):
        await stores.creations.record(facts[start : start + together])
    return len(facts) / (time.perf_counter() - began)


async def check(stores: Stores, facts: Sequence[Creation]) -> None:
    """The rows are those of the facts: each of a sample, and all by their counts."""
    assert (await figures_now(stores, SANDBOX)).creations == len(facts)
    sample = random.Random(11).sample(facts, COMPARED)
    found = await asyncio.gather(*(stores.creations.creations_of(fact.ref) for fact in sample))
    assert found == [(fact,) for fact in sample]
    made = Counter(fact.creator for fact in facts)
    for creator, count in made.most_common(50):
        assert await stores.creations.count_children(ref(creator), ChildRange()) == count
    (hub, most), *_ = made.most_common(1)
    children = [fact for fact in facts if fact.creator == hub]
    after = children[most // 2]
    page = await stores.creations.children_of(ref(hub), ChildRange(ChildKey(after.created_op, after.account)), 500)
    assert list(page) == children[most // 2 + 1 : most // 2 + 501]
    with_children = await stores.creations.children_with_children(ref(hub), 30)
    expected = sorted((made[child.account] for child in children), reverse=True)[:30]
    assert [count for _, count in with_children] == [count for count in expected if count]


def ref(creator: Address | None) -> AccountRef:
    assert creator is not None
    return AccountRef(SANDBOX, creator)


def check_file(path: Path) -> None:
    """The file has every index that files are born with, and holds together."""
    new = path.with_name("new.sqlite")
    migrate(new)
    with closing(sqlite3.connect(path)) as connection, closing(sqlite3.connect(new)) as born:
        listed = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
        assert connection.execute(listed).fetchall() == born.execute(listed).fetchall()
        assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
