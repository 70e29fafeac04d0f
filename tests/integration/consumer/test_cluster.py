"""The example follows services in cluster mode, over the topics that they themselves made and wrote."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cluster import Servers, real_servers, running_cluster
from tests.support.consumer import Consumed, consumed
from tests.support.harness_network import network_process
from tests.support.servers.errors import NoServer
from tests.support.servers.fixtures import without
from tests.support.system import until

ACCOUNTS = 1_000
ASKED = 15
NAMES = ("ingest-horizon-0", "gateway-0")


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    try:
        with real_servers(tmp_path / "servers") as started:
            yield started
    except NoServer as error:
        without(error)


@pytest.mark.timeout(600)
async def test_its_digest_and_chains_are_those_of_the_cluster(servers: Servers, tmp_path: Path) -> None:
    async with (
        network_process(tmp_path / "network", accounts=ACCOUNTS) as network,
        running_cluster(servers, tmp_path / "cluster", NAMES, **network.settings()) as cluster,
    ):
        truth = network.truth
        addresses = [truth.address(number) for number in random.Random(9).sample(range(truth.count()), ASKED)]
        for address in addresses:
            if request_id := await cluster.gateway.ask(address, budget=5, pages=100):
                await cluster.gateway.completed(request_id, within_s=240, every_s=0.1)
        stored = await cluster.digest(network.spec)

        async def ask(*arguments: str) -> Consumed:
            return await consumed(servers.kafka.bootstrap, "", *arguments, network=network.spec.key)

        async def same() -> bool:  # the last events may still be on their way
            (line,) = (await ask("digest")).lines
            return bool((line["facts"], line["exact"], line["gaps"]) == (stored.facts, stored.exact, 0))

        await until(same, within_s=60, what="the digest of the cluster")
        for address in addresses[:2]:
            lines = (await ask("chain", address, "--genesis", truth.genesis)).lines
            assert [line["account"] for line in lines[:-1]] == [hop.account for hop in truth.chain(address)]
