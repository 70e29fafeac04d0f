"""SIGTERM under load: it stops in order and soon, and nothing is done a second time afterwards."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.harness import ALL_PAGES, BUDGET, chance, finish, followed, outcome, read
from tests.support.harness_network import NetworkProcess, network_process
from tests.support.system import start_system

STOPS_WITHIN_S = 20
AT_ONCE_WITHIN_S = 2
ACCOUNTS, CHILDREN = 12_000, 10_000
PAGES = CHILDREN // 200
IN_ORDER, IMPATIENT = 0, 130


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def network(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NetworkProcess]:
    folder = tmp_path_factory.mktemp("network")
    async with network_process(folder, accounts=ACCOUNTS, hub_children=CHILDREN) as network:
        yield network


@pytest.mark.asyncio(loop_scope="module")
async def test_stopped_under_load_it_ends_in_order_and_nothing_is_done_again(
    network: NetworkProcess, tmp_path: Path
) -> None:
    data, since = tmp_path / "data", time.monotonic()
    system = await start_system(data, **network.settings())
    request_id = await system.ask(network.hub, budget=BUDGET, pages=ALL_PAGES)
    for share in sorted(chance("stops").uniform(0, 0.9) for _ in range(3)):
        await read(network, network.hub, int(share * PAGES), since)
        async with followed(system):
            began = time.monotonic()
            assert await system.stop() == IN_ORDER
            assert time.monotonic() - began <= STOPS_WITHIN_S
        await system.api.aclose()
        system = await start_system(data, **network.settings())
    await finish(system, request_id)
    ended = await outcome(data, network, network.hub, since)
    assert ended.told.repeated == []
    assert [page for page, times in network.pages(network.hub, since).items() if times > 1 and "cursor=" in page] == []


@pytest.mark.asyncio(loop_scope="module")
async def test_a_second_signal_ends_it_at_once(network: NetworkProcess, tmp_path: Path) -> None:
    await network.trouble({"kind": "slow_drip", "seconds": 6, "path": "/payments"})
    try:
        since = time.monotonic()
        system = await start_system(tmp_path / "data", **network.settings())
        await system.ask(network.hub, budget=0, pages=ALL_PAGES)
        await read(network, network.hub, 1, since)  # its step waits for the body now, and would for long
        system.process.send_signal(signal.SIGTERM)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(system.process.wait()), 1)
        began = time.monotonic()
        system.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(system.process.wait(), STOPS_WITHIN_S) == IMPATIENT
        assert time.monotonic() - began <= AT_ONCE_WITHIN_S
    finally:
        await network.trouble()
        await system.api.aclose()
        await system.kill()
