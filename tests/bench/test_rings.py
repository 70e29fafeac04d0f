"""Rings of a hub with 1,000,000 children, over HTTP: the first look, which reads them all, and every later one.

`STELLARMAP_BENCH_CREATIONS` makes it smaller.
"""

import os
import random
import time
from pathlib import Path

import pytest

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.migrations import migrate
from stellarmap_common.adapters.sqlite.stores import open_stores
from tests.bench.test_q4_q5_q6_reads import settings
from tests.support.big_store import BigNetwork, fill, map_accounts
from tests.support.measured import cpu_s, percentile, report, resident_mib
from tests.support.rings import seen_rings, true_dots
from tests.support.system import System, running_system, until

CHILDREN = int(os.environ.get("STELLARMAP_BENCH_CREATIONS", "1_000_000"))
BAR_MS = 300
BAR_FIRST_S = 10
BAR_AT_MS = 100
BAR_GROWTH_MIB = 100
POINTED_AT = 200


@pytest.mark.timeout(900)
async def test_a_million_dots_are_answered_in_a_moment(tmp_path: Path) -> None:
    network = BigNetwork(CHILDREN)
    data = tmp_path / "data"
    data.mkdir()
    migrate(data / "store.sqlite")
    async with open_database(data / "store.sqlite") as database:
        stores = open_stores(database)
        await fill(stores, network)
        await map_accounts(stores, network, [network.hub])
    async with running_system(data, **settings(network), reads_per_minute=100_000) as system:
        pid = system.process.pid
        before_mib, before_s = resident_mib(pid), cpu_s(pid)
        first_s, body, packed = await rings(system, network)
        first_cpu_s, growth_mib = cpu_s(pid) - before_s, resident_mib(pid) - before_mib
        assert seen_rings(body).dots == true_dots(map(network.creation, network.children[network.hub]))
        first_read = seen_header(body)

        async def read_again() -> tuple[float, bytes] | None:
            took_s, again, _ = await rings(system, network)
            return None if seen_header(again) == first_read else (took_s, again)

        again_s, again = await until(read_again, within_s=60, what="rings read from the store again", every_s=1)
        in_memory_s, *_ = await rings(system, network)
        pointed_ms = [await pointed_at(system, network, index) for index in chosen()]
    report(
        "rings",
        children=CHILDREN,
        first_s=round(first_s, 2),
        first_cpu_s=round(first_cpu_s, 2),
        again_ms=round(again_s * 1_000, 1),
        in_memory_ms=round(in_memory_s * 1_000, 1),
        at_p95_ms=round(percentile(pointed_ms, 95), 1),
        bytes_a_child=round(packed / CHILDREN, 2),
        growth_mib=round(growth_mib, 1),
    )
    assert seen_rings(again).dots == seen_rings(body).dots
    assert first_cpu_s <= BAR_FIRST_S
    assert again_s * 1_000 <= BAR_MS
    assert percentile(pointed_ms, 95) <= BAR_AT_MS
    assert growth_mib <= BAR_GROWTH_MIB


def seen_header(body: bytes) -> int:
    """When they were read."""
    return int.from_bytes(body[20:28], "little")


def chosen() -> list[int]:
    return random.Random(CHILDREN).sample(range(CHILDREN), POINTED_AT)


async def rings(system: System, network: BigNetwork) -> tuple[float, bytes, int]:
    """How long it took, the dots, and how many bytes came over the wire."""
    began = time.perf_counter()
    answer = await system.api.get(f"/api/v1/sandbox/accounts/{network.address(network.hub)}/rings")
    took_s = time.perf_counter() - began
    assert answer.is_success, answer.text
    return took_s, answer.content, int(answer.headers["content-length"])


async def pointed_at(system: System, network: BigNetwork, index: int) -> float:
    """How long it took to say who the dot is, in milliseconds."""
    began = time.perf_counter()
    found = await system.get(f"/sandbox/accounts/{network.address(network.hub)}/children/at", i=index)
    took_ms = (time.perf_counter() - began) * 1_000
    assert found["child"]["address"] == network.address(network.children[network.hub][index])
    return took_ms
