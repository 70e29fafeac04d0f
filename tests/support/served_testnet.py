"""A testnet behind a socket of this process, and a running system that sees it reset."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from stellarmap_common.domain.network import Address
from stellarmap_common.ports.horizon import LAG
from stellarmap_common.runtime.http import bound_socket, serving, url_of
from stellarmap_common.runtime.settings import ProcessSettings
from tests.support.system import System, until
from tests.support.testnet import Testnet, epoch_of_testnet


@asynccontextmanager
async def served_testnet(folder: Path) -> AsyncIterator[tuple[Testnet, dict[str, Any]]]:
    """The testnet, far enough on that the next one is behind it, and the settings that make a system use it."""
    testnet = Testnet(epoch_of_testnet(folder, 1_000, ledgers=2 * LAG))
    with bound_socket(ProcessSettings.load().model_copy(update={"http_port": 0})) as bound:
        async with serving(testnet, bound):
            yield (
                testnet,
                {
                    "networks": "testnet",
                    "horizon_url_testnet": f"{url_of(bound)}/horizon",
                    "expert_url_testnet": "",
                    "horizon_max_per_hour": 1_000_000,
                    "reset_check_interval_s": 0.5,
                },
            )


async def ask_while_away(system: System, testnet: Testnet, address: Address) -> str:
    """The id of a request that cannot be worked on: its network is away, as it is before a reset, and that was met.

    One that was away for nobody would be read for a while as if nothing had happened.
    """
    testnet.away = True
    request_id = await system.ask(address, "testnet", budget=0)

    async def refused() -> bool:
        return testnet.refused > 0

    await until(refused, within_s=30, what="a call that is refused", log=system.log)
    return request_id


async def in_epoch(system: System, epoch: int) -> Any:
    """The network, once it is in that epoch."""

    async def found() -> Any:
        (network,) = (await system.get("/networks"))["networks"]
        return network if network["epoch"] == epoch else None

    return await until(found, within_s=30, what=f"epoch {epoch}", log=system.log)
