"""Q1 and Q2 in cluster mode: the same questions to services on a real Kafka and a real Cassandra, and what the store costs."""

import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from stellarmap_common.domain.network import Address
from tests.support.cluster import Cluster, real_servers, running_cluster
from tests.support.lineages import HOPS, MOST_CHILDREN, answered_ms, small_lineages
from tests.support.measured import cpu_s, percentile, report, resident_mib
from tests.support.served import ServedSandbox, served_sandbox

NAMES = ("gateway-0", "ingest-horizon-0")
GOAL_MS = 1_000
ASKED = 60
WARM_UP = 20  # both servers compile their code while they answer the first
ACCOUNTS = 20_000
CHILDREN = 100_000
GOAL_MIB = 300
STORE = "stellarmap_store_seconds"


async def test_a_small_lineage_is_answered_within_a_second(tmp_path: Path) -> None:
    with real_servers(tmp_path, heap="1g") as servers:
        async with served_sandbox(tmp_path / "network", accounts=ACCOUNTS) as served:
            addresses = small_lineages(served.truth, WARM_UP + ASKED)
            chosen = {"open_requests": 1_000, **served.settings()}
            async with running_cluster(servers, tmp_path / "cluster", NAMES, **chosen) as cluster:
                for address in addresses[:WARM_UP]:
                    await answered_ms(cluster.gateway, address)
                before = await statements(cluster)
                took_ms = [await answered_ms(cluster.gateway, address) for address in addresses[WARM_UP:]]
                spent = {name: ms - before.get(name, 0) for name, ms in (await statements(cluster)).items()}
                await no_differences(cluster, served, *addresses)
    figures = {f"p{percent}_ms": round(percentile(took_ms, percent)) for percent in (50, 95)}
    each = {name: round(ms / ASKED, 1) for name, ms in most(spent)}
    report("q1-cluster", goal_ms=GOAL_MS, **figures, asked=ASKED, hops=HOPS, children=MOST_CHILDREN, store_ms_each=each)
    assert figures["p95_ms"] <= GOAL_MS


@pytest.mark.timeout(1_800)
async def test_a_hub_of_100_000_children_is_mapped_by_one_replica(tmp_path: Path) -> None:
    with real_servers(tmp_path, heap="1g") as servers:
        async with (
            served_sandbox(tmp_path / "network", accounts=CHILDREN * 112 // 100, hub_children=CHILDREN) as served,
            running_cluster(servers, tmp_path / "cluster", NAMES, **served.settings()) as cluster,
        ):
            ingest = cluster.running["ingest-horizon-0"].process.pid
            resident, used_s, began = resident_mib(ingest), cpu_s(ingest), time.perf_counter()
            request_id = await cluster.gateway.ask(served.hub, pages=CHILDREN, budget=0)
            await cluster.gateway.completed(request_id, within_s=1_500, every_s=0.2)
            took_s = time.perf_counter() - began
            used_s, grown_mib = cpu_s(ingest) - used_s, resident_mib(ingest) - resident
            spent = await statements(cluster)
            await no_differences(cluster, served, served.hub)
    longest = {name: round(ms / 1_000, 1) for name, ms in most(spent)}
    figures = {"took_s": round(took_s, 1), "ingest_cpu_s": used_s, "grown_mib": round(grown_mib)}
    report("q2-cluster", children=CHILDREN, **figures, goal_mib=GOAL_MIB, store_s=longest)
    assert grown_mib <= GOAL_MIB


async def statements(cluster: Cluster) -> dict[str, float]:
    """Milliseconds that each service waited for each statement."""
    found: dict[str, float] = {}
    for name, system in cluster.running.items():
        text = (await system.api.get("/metrics")).text
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == f"{STORE}_sum":
                    found[f"{name}: {sample.labels['statement']}"] = sample.value * 1_000
    return found


def most(spent: Mapping[str, float]) -> list[tuple[str, float]]:
    """The dozen that took longest."""
    return sorted(spent.items(), key=lambda each: -each[1])[:12]


async def no_differences(cluster: Cluster, served: ServedSandbox, *addresses: Address) -> None:
    async with cluster.mapped(served.sandbox.world.spec) as store:
        assert [each for address in addresses for each in await store.differences(served.truth, address)] == []
