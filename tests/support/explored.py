"""A frozen network with a hub, which journeys explore in a browser: what is true of it is known without asking the system."""

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from stellarmap_common.domain.network import Address
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.rows import CREATIONS
from stellarmap_sandbox.truth import Truth
from tests.support.harness_network import NetworkProcess, network_process
from tests.support.system import System, start_system

SIZE = {"accounts": 8_000, "hub_children": 5_000}
ALL_PAGES = 100_000
OPEN = {
    "reads_per_minute": 1_000_000,
    "requests_per_minute": 100_000,
    "exports_per_hour": 10_000,
    "open_requests": 1_000,
}
DEEP = 20  # hops
UNDER_A_HUB = 100  # children


class Explored(Protocol):
    """A system, embedded or a cluster, and the network it reads."""

    network: NetworkProcess

    @property
    def system(self) -> System:
        """Whoever answers the browser."""
        ...

    async def lose(self) -> None:
        """Afterwards nobody answers the browser (kill -9)."""
        ...

    async def come_back(self) -> None:
        """Afterwards somebody does, where it was."""
        ...


@dataclass(slots=True)
class ExploredEmbedded:
    """All of it in one process."""

    network: NetworkProcess
    data: Path
    settings: dict[str, Any]
    system: System

    async def lose(self) -> None:
        await self.system.kill()
        await self.system.api.aclose()

    async def come_back(self) -> None:
        port = urlsplit(self.system.url).port
        self.system = await start_system(self.data, **self.settings, http_port=port)


async def map_whole(world: Explored, address: Address, budget: int = 0) -> None:
    """Afterwards the account is mapped, all its children read, and so many of them expanded."""
    if request := await world.system.ask(address, budget=budget, pages=ALL_PAGES):
        await world.system.completed(request, within_s=120)


@asynccontextmanager
async def explored(folder: Path, size: Mapping[str, int] = SIZE, **more: object) -> AsyncIterator[ExploredEmbedded]:
    """An embedded system on a network of its own."""
    data = folder / "data"
    async with network_process(folder / "network", **size) as network:
        settings = network.settings(**OPEN, **more)
        world = ExploredEmbedded(network, data, settings, await start_system(data, **settings))
        try:
            yield world
        finally:
            await world.system.stop()
            await world.system.api.aclose()


def mixed_accounts(network: Network, count: int, seed: int) -> list[Address]:
    """Accounts of every sort, the same each time: hubs, creators, leaves, merged ones, reborn ones, of contracts, deep ones."""
    chance, truth = random.Random(seed), Truth(network)
    rows = network.rows
    children = [0] * truth.count()
    by_contract: set[int] = set()
    for row in range(len(rows)):
        if rows.kind[row] in CREATIONS:
            if rows.a[row] >= 0:
                children[rows.a[row]] += 1
            else:
                by_contract.add(rows.b[row])
    numbers = range(1, truth.count())
    few = chance.sample(numbers, 1_000)
    sorts = (
        ([n for n in numbers if children[n] >= UNDER_A_HUB], 3),
        ([n for n in numbers if len(network.creations_of(n)) > 1], 8),
        (sorted(by_contract), 3),
        ([n for n in few if not network.exists(n)], 6),
        ([n for n in few if len(truth.chain(truth.address(n))) > DEEP], 4),
        ([n for n in few if 0 < children[n] < UNDER_A_HUB], 12),
        (list(numbers), count),
    )
    chosen: dict[int, None] = {}
    for some, wanted in sorts:
        assert some, "a network has accounts of every sort"
        chosen |= dict.fromkeys(chance.sample(some, min(wanted, len(some))))
    return [truth.address(number) for number in list(chosen)[:count]]
