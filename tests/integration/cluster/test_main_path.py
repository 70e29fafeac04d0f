"""Cluster mode maps as embedded mode does: the same accounts of the same network, the same truth, the same digest."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import PipelineMode, PipelineSource
from stellarmap_sandbox.truth import Truth
from tests.support.cluster import Cluster, real_servers, running_cluster
from tests.support.harness_network import NetworkProcess, network_process
from tests.support.mapped import mapped
from tests.support.read_by_bigquery import differences
from tests.support.system import running_system

ACCOUNTS = 100_000
ASKED = 500
FEW = 60
BY_BIGQUERY = 40
MAPPED_S = 600
NAMES = ("ingest-horizon-0", "ingest-horizon-1", "ingest-bigquery-0", "gateway-0")
UNLIMITED = {"open_requests": 1_000, "daily_limit_gb": 100_000, "monthly_limit_gb": 100_000, "bigquery_window_s": 0.2}

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(900)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def network(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NetworkProcess]:
    async with network_process(tmp_path_factory.mktemp("network"), accounts=ACCOUNTS) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(network: NetworkProcess, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    with real_servers(folder, heap="1g") as servers:
        async with running_cluster(servers, folder, NAMES, **network.settings(**UNLIMITED)) as running:
            yield running


@pytest.mark.parametrize("asked", [FEW, pytest.param(ASKED, marks=pytest.mark.soak)])
async def test_random_accounts_equal_the_truth_and_the_digest_is_that_of_embedded_mode(
    network: NetworkProcess, cluster: Cluster, tmp_path: Path, asked: int
) -> None:
    addresses = chosen(network.truth, seed=5)[:asked]
    await cluster.gateway.map_all(addresses, within_s=MAPPED_S)
    async with cluster.mapped(network.spec) as store:
        differences = [found for address in addresses for found in await store.differences(network.truth, address)]
    assert differences == []
    data = tmp_path / "data"
    async with running_system(data, **network.settings(open_requests=1_000)) as embedded:
        await embedded.map_all(addresses, within_s=MAPPED_S)
        async with mapped(data, network.spec) as alone:
            assert await cluster.digest(network.spec) == await alone.digest()


@pytest.mark.parametrize(
    ("mode", "seed", "asked"),
    [
        (PipelineMode.BIGQUERY_ONLY, 6, BY_BIGQUERY),
        pytest.param(PipelineMode.BIGQUERY_ONLY, 7, ASKED, marks=pytest.mark.soak),
        pytest.param(PipelineMode.BIGQUERY_WITH_API_FALLBACK, 8, ASKED, marks=pytest.mark.soak),
    ],
)
async def test_what_bigquery_tells_is_the_truth_too(
    network: NetworkProcess, cluster: Cluster, mode: PipelineMode, seed: int, asked: int
) -> None:
    addresses = chosen(network.truth, seed=seed)[:asked]
    await configure(cluster, mode)
    try:
        await cluster.gateway.map_all(addresses, within_s=MAPPED_S, at_once=asked)
    finally:
        await configure(cluster, "API_ONLY")
    async with cluster.mapped(network.spec) as store:
        found = [each for address in addresses for each in await differences(store, network.truth, address)]
        states = [await store.stores.accounts.state_of(store.ref(address)) for address in addresses]
    assert found == []
    sources = Counter(state.pipeline_source for state in states if state)
    assert sources[PipelineSource.BIGQUERY] > asked // 2  # the others were on the way of those asked for before


async def configure(cluster: Cluster, mode: str) -> None:
    await cluster.command("config", "set", "pipeline_mode", mode)
    await asyncio.sleep(2)


def chosen(truth: Truth, seed: int) -> list[Address]:
    """Accounts of the network, the same each time."""
    return [truth.address(number) for number in random.Random(seed).sample(range(truth.count()), ASKED)]
