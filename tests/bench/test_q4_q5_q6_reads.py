"""Q4 to Q6: reads over HTTP from a store of 1,000,000 creations and more, on SQLite and on Cassandra; each answer is checked.

`STELLARMAP_BENCH_CREATIONS` makes it smaller. What was loaded into Cassandra stays below `.cache/bench` for the next run.
"""

import os
import random
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.migrations import migrate
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.network import Address
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.engines import engine_of
from stellarmap_gateway.cursors import VERSION, ChildrenCursor, question_of, written
from tests.support.big_store import GENESIS, SEED, BigNetwork, fill, many, map_accounts
from tests.support.cluster import GATEWAY, Servers, running_cluster
from tests.support.measured import cpu_s, percentile, report
from tests.support.servers.cassandra import cassandra_server, connected
from tests.support.servers.kafka import kafka_servers
from tests.support.settings import settings_of
from tests.support.system import System, running_system

CHILDREN = int(
    os.environ.get("STELLARMAP_BENCH_CREATIONS", "1_000_000")
)  # of the hub; beside it there are a fifth as many
BAR_Q4_MS, BAR_Q5_MS, BAR_Q6_MS = 25, 10, 25
ASKED = 500
PLACES = 300
PAGE = 200
TURNS = 20  # of the pages of the account whose children lie ten years apart
WARMED = 6  # times that all is looked at before it is measured: a server that has just started still compiles itself
HEAP = "1g"
KEPT = Path(".cache/bench")
LAYOUT = 1  # of what is kept; a new one is loaded anew
NOBODY = "http://127.0.0.1:9"  # nothing is asked of a source: all is mapped


@pytest.fixture(scope="module")
def network() -> BigNetwork:
    return BigNetwork(CHILDREN)


@pytest.mark.timeout(900)
async def test_reads_from_sqlite_are_as_fast_as_the_bars_say(network: BigNetwork, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    migrate(data / "store.sqlite")
    async with open_database(data / "store.sqlite") as database:
        stores = open_stores(database)
        filled = await fill(stores, network)
        await map_accounts(stores, network, asked_of(network))
    async with running_system(data, **settings(network)) as system:
        await measure("sqlite", network, system, loaded_per_s=round(filled))


@pytest.mark.timeout(3_600)
async def test_reads_from_cassandra_are_as_fast_as_the_bars_say(network: BigNetwork, tmp_path: Path) -> None:
    with loaded_place(network) as (servers, is_loaded, loaded):
        chosen = settings(network)
        if not is_loaded:
            async with cassandra_stores(servers, tmp_path / "migrated", chosen) as stores:
                figures = await filled_cassandra(servers, stores, network)
            report("q10-cassandra-whole", creations=len(network), **figures)
            loaded()
        with connected(servers.cassandra.host, servers.cassandra.port) as session:
            rows = session.execute("SELECT keyspace_name, table_name, mebibytes FROM system_views.max_partition_size")
            largest = {row[1]: row[2] for row in rows if row[0] == "stellarmap" and row[2]}
        async with running_cluster(servers, tmp_path / "cluster", (f"{GATEWAY}-0",), **chosen) as cluster:
            await measure("cassandra", network, cluster.gateway, largest_partitions_mib=largest)


def settings(network: BigNetwork) -> dict[str, object]:
    """Of a system on that network."""
    return {
        "sandbox_seed": SEED,
        "sandbox_accounts": network.accounts,
        "horizon_url_sandbox": f"{NOBODY}/horizon",
        "expert_url_sandbox": f"{NOBODY}/expert",
    }


@contextmanager
def loaded_place(network: BigNetwork) -> Iterator[tuple[Servers, bool, Callable[[], None]]]:
    """Servers, whether the network is in them already, and what to call once it is."""
    folder = KEPT.absolute() / f"reads-{LAYOUT}-{len(network)}"
    mark = folder / "loaded"
    is_loaded = mark.exists()
    if not is_loaded:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    with (
        kafka_servers(folder) as kafka,  # of which nothing is kept
        cassandra_server(folder, HEAP, keep=True) as cassandra,
    ):
        yield Servers(kafka, cassandra), is_loaded, mark.touch


@asynccontextmanager
async def cassandra_stores(servers: Servers, folder: Path, chosen: dict[str, object]) -> AsyncIterator[Stores]:
    """The stores of a cluster in which nothing runs yet."""
    async with running_cluster(servers, folder, (), **chosen), stores_of(servers) as stores:
        yield stores


@asynccontextmanager
async def stores_of(servers: Servers) -> AsyncIterator[Stores]:
    async with engine_of(settings_of(**servers.settings())).open_to_look() as stores:
        yield stores


async def filled_cassandra(servers: Servers, stores: Stores, network: BigNetwork) -> dict[str, object]:
    """How fast that was, and what it cost."""
    pid = servers.cassandra.pid
    server_s, client_s = cpu_s(pid), time.process_time()
    filled = await fill(stores, network)
    server_us = (cpu_s(pid) - server_s) / len(network) * 1e6
    client_us = (time.process_time() - client_s) / len(network) * 1e6
    await map_accounts(stores, network, asked_of(network))
    return {"creations_per_s": round(filled), "client_cpu_us": client_us, "server_cpu_us": server_us}


def asked_of(network: BigNetwork) -> list[int]:
    """Hub and spreader, then random accounts: of all, of those outside the hub, and of those with children."""
    chance = random.Random(network.hub_children)
    hubs = {network.hub, network.spreader}
    everybody = range(1, len(network) + 1)
    outside = [number for number in everybody if network.creators[number] != network.hub]
    creators = [number for number in network.children if number != GENESIS]
    found = [*chance.sample(everybody, ASKED), *chance.sample(outside, ASKED), *chance.sample(creators, ASKED // 10)]
    return [network.hub, network.spreader, *(number for number in dict.fromkeys(found) if number not in hubs)]


async def measure(backend: str, network: BigNetwork, system: System, **loading: object) -> None:
    """Prints the figures and holds them to the bars."""
    hub, spreader, *asked = asked_of(network)
    first = await answered(system, (chain_ms(system, network, number) for number in asked))
    for _ in range(WARMED):
        await many(asked, lambda number: seen(system, network, number))
        await answered(system, (page_ms(system, network, creator, -1) for creator in (hub, spreader) * 10))
    chains = await answered(system, (chain_ms(system, network, number) for number in asked))
    report(f"q5-{backend}", bar_ms=BAR_Q5_MS, **chains, first=first, **loading)
    repeats = await answered(system, (repeat_ms(system, network, number) for number in asked))
    hub_first_ms = await repeat_ms(system, network, hub)
    of_hub = await answered(system, (repeat_ms(system, network, hub) for _ in range(TURNS)))
    report(f"q4-{backend}", bar_ms=BAR_Q4_MS, **repeats, hub_first_ms=hub_first_ms, hub=of_hub)
    pages = await answered(system, (page_ms(system, network, hub, place) for place in places(network)))
    made = [network.operations[child] for child in network.children[spreader]]
    ends = [-1, *made[PAGE - 1 : -1 : PAGE]]
    apart_first = await answered(system, (page_ms(system, network, spreader, end) for end in ends))
    apart = await answered(system, (page_ms(system, network, spreader, end) for _ in range(TURNS) for end in ends))
    await bare_ms(system)
    bare = await answered(system, (bare_ms(system) for _ in range(PLACES)))
    report(
        f"q6-{backend}",
        bar_ms=BAR_Q6_MS,
        hub=pages,
        apart=apart,
        apart_first=apart_first,
        bare=bare,
        children=len(network.children[hub]),
    )
    assert repeats["p99_ms"] <= BAR_Q4_MS
    assert chains["p99_ms"] <= BAR_Q5_MS
    assert max(pages["p99_ms"], apart["p99_ms"]) <= BAR_Q6_MS


async def answered(system: System, asking: Iterable[Awaitable[float]]) -> dict[str, float]:
    """Asked one after the other; how long they took, and the CPU of the gateway for each."""
    used_s = cpu_s(system.process.pid)
    took_ms = [await each for each in asking]
    used_ms = (cpu_s(system.process.pid) - used_s) / len(took_ms) * 1_000
    figures = {f"p{percent}_ms": percentile(took_ms, percent) for percent in (50, 95, 99)}
    return {name: round(value, 2) for name, value in {**figures, "cpu_ms": used_ms}.items()}


def places(network: BigNetwork) -> list[int]:
    """Operations of random children of the hub, after which pages begin; -1 for the first page."""
    chosen = random.Random(6).sample(network.children[network.hub], PLACES - 1)
    return [-1, *(network.operations[child] for child in chosen)]


async def timed(work: Awaitable[Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    answer = await work
    return answer, (time.perf_counter() - began) * 1_000


async def seen(system: System, network: BigNetwork, number: int) -> None:
    """Once before it is measured: a repeat is of what somebody has looked at."""
    await system.get(f"{path(network, number)}/lineage")


async def chain_ms(system: System, network: BigNetwork, number: int) -> float:
    lineage, took_ms = await timed(system.get(f"{path(network, number)}/lineage", top=0))
    check_chain(network, number, lineage)
    return took_ms


async def repeat_ms(system: System, network: BigNetwork, number: int) -> float:
    profile, profile_ms = await timed(system.get(path(network, number)))
    lineage, lineage_ms = await timed(system.get(f"{path(network, number)}/lineage"))
    chain = network.chain(number)
    assert profile["creator"] == network.address(chain[0])
    assert profile["hops"] == len(chain)
    assert profile["children"]["total"] == len(network.children.get(number, ()))
    check_chain(network, number, lineage)
    check_children(network, number, lineage["children"])
    return profile_ms + lineage_ms


async def bare_ms(system: System) -> float:
    """Of the least answer there is: what client, server and machine take for any, in the same run."""
    _, took_ms = await timed(system.get("/health"))
    return took_ms


def check_chain(network: BigNetwork, number: int, lineage: Any) -> None:
    chain = network.chain(number)
    assert lineage["complete"]
    assert [hop["address"] for hop in lineage["ancestors"]] == [network.address(each) for each in chain]
    assert lineage["incarnation"]["created_op"] == str(network.operations[number])
    operations = [str(network.operations[each]) for each in chain[:-1]]
    assert [hop["created_op"] for hop in lineage["ancestors"]][:-1] == operations


def check_children(network: BigNetwork, number: int, children: Any) -> None:
    made = network.children.get(number, ())
    assert children["total"] == len(made)
    assert sum(children["histogram"]["counts"]) == len(made)
    most = sorted((len(network.children[child]) for child in made if child in network.children), reverse=True)
    assert [child["children"] for child in children["notable"]] == most[:30]


async def page_ms(system: System, network: BigNetwork, creator: int, after: int) -> float:
    cursor = {} if after < 0 else {"cursor": cursor_after(network, creator, after)}
    page, took_ms = await timed(system.get(f"{path(network, creator)}/children", limit=PAGE, **cursor))
    expected = network.child_page(creator, after, PAGE)
    assert [child["address"] for child in page["children"]] == expected
    assert page["total"] == len(network.children[creator])
    return took_ms


def cursor_after(network: BigNetwork, creator: int, operation: int) -> str:
    """As the page before it would give it."""
    (child,) = network.child_page(creator, operation - 1, 1)
    asked = question_of(str(network.ref(creator)), None, None, None)
    return written(ChildrenCursor(VERSION, asked, operation, child))


def path(network: BigNetwork, number: int) -> str:
    address: Address = network.address(number)
    return f"/sandbox/accounts/{address}"
