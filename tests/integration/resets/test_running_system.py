"""A running system whose testnet is reset: requests end, the old epoch stays, a restart and a kill change nothing of it."""

from pathlib import Path

import httpx
import pytest

from stellarmap_common.domain.network import Address
from stellarmap_common.lineage.failpoints import RESET
from tests.support.served_testnet import ask_while_away, in_epoch, served_testnet
from tests.support.system import System, running_system, start_system
from tests.support.testnet import Testnet, epoch_of_testnet, in_both, true_chain

pytestmark = pytest.mark.timeout(120)


async def chain(system: System, segment: str, address: str) -> list[str]:
    lineage = await system.get(f"/{segment}/accounts/{address}/lineage")
    return [address, *(each["address"] for each in lineage["ancestors"])]


async def test_a_reset_of_a_running_system_ends_requests_keeps_the_old_lineage_and_maps_the_new_one(
    tmp_path: Path,
) -> None:
    async with served_testnet(tmp_path) as (testnet, settings):
        before, after = testnet.network, epoch_of_testnet(tmp_path, 1_200)
        address = in_both(before, after)
        async with running_system(tmp_path / "data", **settings) as system:
            await system.completed(await system.ask(address, "testnet", budget=0), "testnet")
            waiting = await ask_while_away(system, testnet, Address(before.keys.address(900)))
            testnet.play(after)
            testnet.away = False
            network = await in_epoch(system, 2)
            assert [each["segment"] for each in network["epochs"]] == ["testnet", "testnet-1"]
            ended = await system.completed(waiting, "testnet")
            assert (ended["cancelled"], ended["network"]) == (True, "testnet-1")
            await system.completed(await system.ask(address, "testnet", budget=0), "testnet")
            await check_both(system, testnet, address, before_chain=true_chain(before, address))
            refused = await system.api.post(f"/api/v1/testnet-1/accounts/{address}/requests")
            assert (refused.status_code, refused.json()["type"]) == (httpx.codes.GONE, "network-reset")
        async with running_system(tmp_path / "data", **settings) as again:
            assert (await in_epoch(again, 2))["key"] == "testnet-2"
            await check_both(again, testnet, address, before_chain=true_chain(before, address))
        assert "event_dead_lettered" not in system.log.read_text()


async def check_both(system: System, testnet: Testnet, address: Address, *, before_chain: list[Address]) -> None:
    assert await chain(system, "testnet", address) == true_chain(testnet.network, address)
    assert await chain(system, "testnet-1", address) == before_chain
    assert (await system.get(f"/testnet-1/accounts/{address}"))["current"] is False


# Each starts two systems: the first is enough for every run of the tests.
@pytest.mark.parametrize("failpoint", [RESET[0], *(pytest.param(name, marks=pytest.mark.soak) for name in RESET[1:])])
async def test_a_kill_after_any_effect_of_a_reset_converges(tmp_path: Path, failpoint: str) -> None:
    async with served_testnet(tmp_path) as (testnet, settings):
        before, after = testnet.network, epoch_of_testnet(tmp_path, 1_200)
        address = in_both(before, after)
        system = await start_system(tmp_path / "data", failpoint=f"{failpoint}:1:kill", **settings)
        try:
            await system.completed(await system.ask(address, "testnet", budget=0), "testnet")
            waiting = [
                await ask_while_away(system, testnet, Address(before.keys.address(number))) for number in (900, 901)
            ]
            testnet.play(after)
            testnet.away = False
            await system.process.wait()
        finally:
            await system.kill()
            await system.api.aclose()
        async with running_system(tmp_path / "data", **settings) as again:
            network = await in_epoch(again, 2)
            assert len(network["epochs"]) == 2
            for request_id in waiting:
                assert (await again.completed(request_id, "testnet"))["cancelled"] is True
            assert (await again.get("/testnet-1/pending"))["accounts"] == []
            await again.completed(await again.ask(address, "testnet", budget=0), "testnet")
            await check_both(again, testnet, address, before_chain=true_chain(before, address))
