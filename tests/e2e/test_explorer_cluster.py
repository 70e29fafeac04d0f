"""The journeys on the page of an account, against a cluster: real Kafka, real Cassandra, each service a process."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.support.cluster import Cluster, running_cluster
from tests.support.explored import OPEN, SIZE, Explored
from tests.support.explorer_journeys import ExplorerJourneys
from tests.support.harness_cluster import GATEWAY_0, INGEST_0, own_servers
from tests.support.harness_network import NetworkProcess, network_process
from tests.support.system import System

ENRICHER_0 = "enricher-0"

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]


@dataclass(slots=True)
class ExploredCluster:
    """One replica of each service that a page needs."""

    network: NetworkProcess
    cluster: Cluster

    @property
    def system(self) -> System:
        return self.cluster.gateway

    async def lose(self) -> None:
        self._port = urlsplit(self.system.url).port
        await self.cluster.kill(GATEWAY_0)

    async def come_back(self) -> None:
        await self.cluster.start(GATEWAY_0, http_port=self._port)

    _port: int | None = None


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Explored]:
    folder = tmp_path_factory.mktemp("explorer-cluster")
    with own_servers(folder / "servers") as servers:
        async with network_process(folder / "network", **SIZE) as network:
            names = (INGEST_0, ENRICHER_0, GATEWAY_0)
            async with running_cluster(servers, folder, names, **network.settings(**OPEN)) as cluster:
                yield ExploredCluster(network, cluster)


class TestCluster(ExplorerJourneys):
    """In a world of its own."""
