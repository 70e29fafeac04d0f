"""Two enrichers beside ingest, as processes on Kafka and Cassandra: every account known as it is, within one limit of Horizon."""

import math
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.ports.stores import Stores
from stellarmap_sandbox.profiles import home_domain, listed
from tests.support.cluster import Cluster, real_servers, running_cluster
from tests.support.harness_network import NetworkProcess, most_within, network_process
from tests.support.system import until

NAMES = ("ingest-horizon-0", "enricher-0", "enricher-1", "gateway-0")
ASKED = 12
LIMIT, PERCENTAGE = 36_000, 50
OURS = LIMIT * PERCENTAGE // 100
DONE_S = 180

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def network(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NetworkProcess]:
    async with network_process(tmp_path_factory.mktemp("network"), accounts=3_000) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(network: NetworkProcess, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    folder: Path = tmp_path_factory.mktemp("cluster")
    limits = {"sandbox_max_per_hour": LIMIT, "horizon_percentage": PERCENTAGE}
    with real_servers(folder) as servers:
        async with running_cluster(servers, folder, NAMES, **network.settings(**limits)) as running:
            yield running


async def known(stores: Stores, network: NetworkProcess, address: Address) -> tuple[int, str | None, tuple[str, ...]]:
    profile = await stores.profiles.profile_of(AccountRef(network.spec.key, address))
    assert profile
    assert profile.entry
    return profile.entry.balance_stroops, profile.entry.home_domain, profile.tags


def true(network: NetworkProcess, address: Address) -> tuple[int, str | None, tuple[str, ...]]:
    own = network.network
    number = own.number_of(address)
    assert number is not None
    entry = listed(own, number)
    tags = entry.tags if entry else ()
    return (own.accounts.balance[number], home_domain(own, number), tags) if own.exists(number) else (0, None, tags)


async def test_every_account_is_known_as_it_is_within_one_limit_although_an_enricher_is_killed(
    network: NetworkProcess, cluster: Cluster
) -> None:
    since = time.monotonic()
    accounts = [*network.hubs(4), *(network.truth.address(number) for number in range(1_500, 1_500 + ASKED))]
    requests = [await cluster.gateway.ask(address, budget=0) for address in accounts]
    await cluster.kill("enricher-0")
    await cluster.start("enricher-0")
    for request_id in requests:
        await cluster.gateway.completed(request_id, within_s=DONE_S)

    async def enriched() -> bool:
        answers = [await cluster.gateway.get(f"/sandbox/accounts/{address}") for address in accounts]
        return all(answer["enrichment"] for answer in answers)

    await until(enriched, within_s=DONE_S, what="every asked account enriched", log=cluster.gateway.log, every_s=0.5)
    async with cluster.mapped(network.spec) as mapped:
        for address in accounts:
            assert await known(mapped.stores, network, address) == true(network, address)
    stages = await cluster.gateway.get(f"/sandbox/accounts/{accounts[0]}/stages")
    assert {stage["state"] for stage in stages["stages"]} == {"DONE"}
    asked = network.asked(since)
    assert any("/assets" in call.question for call in asked)
    assert any("/payments" in call.question for call in asked)
    for seconds in (10, 20):
        assert most_within(asked, seconds) <= math.ceil(OURS * seconds / 3_600) + math.ceil(OURS / 360)
