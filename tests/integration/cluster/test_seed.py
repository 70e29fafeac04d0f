"""A seed of standings on Kafka and Cassandra: the board is the network's, although who tells it is killed and another goes on."""

from pathlib import Path

import pytest

from tests.support.boards import Boards, boards_once_right, true_balances, true_boards
from tests.support.cluster import real_servers, running_cluster
from tests.support.harness_network import network_process

NAMES = ("ingest-bigquery-0", "hva-tracker-0", "enricher-0", "gateway-0")
ACCOUNTS = 20_000


@pytest.mark.timeout(600)
async def test_the_board_is_the_networks_although_who_tells_the_seed_is_killed_at_it(tmp_path: Path) -> None:
    async with network_process(tmp_path / "network", accounts=ACCOUNTS) as network:
        boards, ranked = true_boards(network.network), true_balances(network.network)

        async def expected() -> Boards:
            return boards

        with real_servers(tmp_path) as servers:
            settings = network.settings(standings_seed=True)
            async with running_cluster(servers, tmp_path / "cluster", (), **settings) as cluster:
                code = await cluster.exit_code("ingest-bigquery-2", failpoint="after_seed_portion:1:kill")
                await cluster.start(*NAMES)
                shown, coverage = await boards_once_right(cluster.gateway, expected, within_s=120)
    assert code < 0
    assert (coverage["of"], coverage["accounts"]) == ("network", len(ranked))
    assert all(shown.values())
