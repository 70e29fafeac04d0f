"""Lineage on a store in memory, with time that a test moves, and a bus whose topics are a list."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from stellarmap_common.adapters.sqlite.connection import MEMORY
from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.network import AccountRef, NetworkKey, NetworkName
from stellarmap_common.domain.status import Step
from stellarmap_common.events.base import Event
from stellarmap_common.lineage.core import Lineage, open_lineage
from stellarmap_common.lineage.requests import Ask, Requests
from stellarmap_common.lineage.routes import routes_in_force
from stellarmap_common.lineage.walk import Walker
from stellarmap_common.ports.config import Configured
from stellarmap_common.ports.networks import Networks
from stellarmap_common.ports.request_store import Request
from stellarmap_common.ports.run_store import Run, RunRef
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.networks import build_networks
from tests.support.config import config_of
from tests.support.gateway import NOW as NOON
from tests.support.gateway import ManualClock, address
from tests.support.publishing import SendsAtOnce
from tests.support.settings import settings_of

GROUP = "ingest-horizon"
CONFIG = config_of(request_budget=0, request_depth=0, request_pages=1)

__all__ = ["NOON", "Parts", "open_parts"]


@dataclass
class KeptBus(SendsAtOnce):
    """What was published, and what a test says of the queue of each network."""

    events: list[Event] = field(default_factory=list)
    oldest: dict[NetworkKey, datetime] = field(default_factory=dict)

    async def publish(self, *events: Event) -> None:
        self.events += events

    async def oldest_unread(self, group: str, network: NetworkKey | None = None) -> datetime | None:
        assert group == GROUP
        wanted = self.oldest.items() if network is None else [(network, self.oldest.get(network))]
        return min((at for _, at in wanted if at), default=None)

    async def unread(self, group: str, topic: str, before: datetime | None = None) -> int:
        raise AssertionError(f"nobody asks for a place in the queue: {group} {topic} {before}")


@dataclass
class Parts:
    """The parts under test."""

    stores: Stores
    networks: Networks
    clock: ManualClock
    bus: KeptBus
    requests: Requests
    lineage: Lineage

    def ref(self, name: object, network: NetworkName = NetworkName.SANDBOX) -> AccountRef:
        found = self.networks.named(network)
        assert found
        return AccountRef(found.key, address(name))

    async def ask(self, account: AccountRef, **more: Any) -> Request:
        return await self.requests.ask(Ask(**{"account": account, "budget": 0, "depth": 0, "pages": 1, **more}))

    async def run(self, account: AccountRef, step: Step, **values: Any) -> Run:
        """The run of the step, written as it is given."""
        ref = RunRef(account, step)
        before = await self.stores.runs.run_of(ref)
        run = replace(before or Run(ref=ref), **values)
        run = replace(run, revision=(before.revision if before else 0) + 1)
        assert await self.stores.runs.swap(run, before.revision if before else None)
        return run


@asynccontextmanager
async def open_parts(config: Configured = lambda: CONFIG) -> AsyncIterator[Parts]:
    """The parts on all three networks."""
    networks = build_networks(settings_of(sandbox_accounts=1_000), address, "http://127.0.0.1:1")
    clock, bus = ManualClock(), KeptBus()
    async with open_database(MEMORY, inline=True) as database:
        stores = open_stores(database)
        walker = Walker(stores, networks)
        yield Parts(
            stores=stores,
            networks=networks,
            clock=clock,
            bus=bus,
            requests=Requests(
                stores, bus, clock, networks, walker, open_requests=10, route_of=routes_in_force(networks, config_of)
            ),
            lineage=open_lineage(
                stores,
                bus,
                clock,
                networks,
                bus,
                group=GROUP,
                config=config,
                open_requests=10,
            ),
        )
