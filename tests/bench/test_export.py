"""What an account with 100,000 children costs as a file: the gateway's memory does not grow with it, and others are served."""

import csv
import io
import json
import time
from pathlib import Path

import networkx as nx
import pytest

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.migrations import migrate
from stellarmap_common.adapters.sqlite.stores import open_stores
from tests.bench.test_q4_q5_q6_reads import settings
from tests.support.big_store import BigNetwork, fill, map_accounts
from tests.support.measured import cpu_s, report, resident_mib
from tests.support.system import System, running_system

CHILDREN = 100_000
GROWTH_MIB = 100  # the first portions warm what every answer needs; 100,000 children as objects would be 300


@pytest.mark.timeout(900)
async def test_a_hundred_thousand_children_are_exported_in_bounded_memory(tmp_path: Path) -> None:
    network = BigNetwork(CHILDREN)
    data = tmp_path / "data"
    data.mkdir()
    migrate(data / "store.sqlite")
    async with open_database(data / "store.sqlite") as database:
        stores = open_stores(database)
        await fill(stores, network)
        await map_accounts(stores, network, [network.hub])
    async with running_system(data, **settings(network)) as system:
        texts = {form: await exported(system, network, form) for form in ("csv", "json", "graphml")}
    rows = list(csv.DictReader(io.StringIO(texts["csv"])))
    assert (len(rows), rows[-1]["row"]) == (CHILDREN + 1, "end")
    document = json.loads(texts["json"])
    assert len(document["children"]) == document["exported"] == CHILDREN
    graph = nx.parse_graphml(texts["graphml"])
    assert graph.number_of_nodes() == CHILDREN + 1 + len(document["ancestors"])
    assert graph.number_of_edges() == graph.number_of_nodes() - 1


async def exported(system: System, network: BigNetwork, form: str) -> str:
    """The file; its cost is reported, and held to the bar."""
    pid, began = system.process.pid, time.perf_counter()
    before_mib, before_s = resident_mib(pid), cpu_s(pid)
    path = f"/api/v1/sandbox/accounts/{network.address(network.hub)}/export?format={form}"
    peak_mib, parts = before_mib, []
    async with system.api.stream("GET", path) as answer:
        async for part in answer.aiter_text():
            parts.append(part)
            peak_mib = max(peak_mib, resident_mib(pid))
    text = "".join(parts)
    report(
        f"export-{form}",
        children=CHILDREN,
        seconds=round(time.perf_counter() - began, 2),
        cpu_s=round(cpu_s(pid) - before_s, 2),
        mib=round(len(text) / 2**20, 1),
        growth_mib=round(peak_mib - before_mib, 1),
    )
    assert peak_mib - before_mib <= GROWTH_MIB
    return text
