"""The enricher, beside ingest if a test wants, on the events of one queue: handled until nothing is left."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from stellarmap_common.domain.network import AccountRef, sandbox_key, sandbox_passphrase
from stellarmap_common.domain.profile import EnrichmentReason, Profile
from stellarmap_common.errors import RateLimited
from stellarmap_common.events.base import Event
from stellarmap_common.events.enrichment import EnrichmentRequested
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.ports.config import Configured
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.stores import Stores
from stellarmap_common.ports.subscription import Subscription
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.members import OpenService
from stellarmap_common.runtime.resources import Resources
from stellarmap_common.runtime.service import Service
from stellarmap_common.runtime.settings import Settings
from stellarmap_enricher.service import open_service as open_enricher
from stellarmap_sandbox.service import Sandbox, open_sandbox
from tests.support.config import config_of
from tests.support.harness_network import Asked
from tests.support.publishing import Queue
from tests.support.sandbox import SEED, SMALL, sandbox_settings
from tests.support.sources import HastyClock, Opened, network_at, opened_sources

E = TypeVar("E", bound=Event)
MOST_PAUSES = 1_000


@dataclass
class Enriched:
    """The opened services, what they have published, and what they have stored."""

    services: list[Service]
    queue: Queue
    opened: Opened
    clock: HastyClock
    asked: list[Asked] = field(default_factory=list)  # of a sandbox, in order

    @property
    def stores(self) -> Stores:
        return self.opened.stores

    def ref(self, address: str) -> AccountRef:
        return self.opened.ref(address)

    def told(self, kind: type[E]) -> list[E]:
        """What was published of that kind, in order."""
        return [event for event in self.queue.published if isinstance(event, kind)]

    async def map(self, address: str) -> None:
        """Somebody asks for the account, and all that follows is done."""
        ref = self.ref(address)
        await self.queue.publish(AccountRequested(id=f"ask-{address}", network=ref.network, account=ref.address))
        await self.work_off()

    async def enrich(self, *addresses: str, reason: EnrichmentReason = EnrichmentReason.REFRESH) -> None:
        """The accounts are looked at, one after another, a second after whatever was before."""
        self.clock.at += timedelta(seconds=1)
        await self.queue.publish(*(self.request(address, reason) for address in addresses))
        await self.work_off()

    def request(self, address: str, reason: EnrichmentReason = EnrichmentReason.REFRESH) -> EnrichmentRequested:
        ref = self.ref(address)
        return EnrichmentRequested(id=f"enrich-{address}", network=ref.network, account=ref.address, reason=reason)

    async def profile(self, address: str) -> Profile:
        found = await self.stores.profiles.profile_of(self.ref(address))
        assert found
        return found

    async def work_off(self) -> None:
        """Every waiting event is handled by whoever subscribes to it, each service beside the others."""
        while self.queue.waiting:
            events = tuple(self.queue.waiting)
            self.queue.waiting.clear()
            await asyncio.gather(*(self._handled(service, events) for service in self.services))

    async def _handled(self, service: Service, events: Sequence[Event]) -> None:
        for event in events:
            for row in self.subscriptions_to(event):
                if row in service.subscriptions:
                    await self._once_there_is_room(row, event)

    async def _once_there_is_room(self, row: Subscription, event: Event) -> None:
        """As the bus does it: a limit that is reached pauses the source, and the record is read again."""
        for _ in range(MOST_PAUSES):
            try:
                await row.handler(event)
            except RateLimited as limited:
                await self.clock.sleep(min(limited.retry_after_s or 1.0, 1.0))
            else:
                return
        raise AssertionError(f"{event} was never let through")

    def subscriptions_to(self, event: Event) -> list[Subscription]:
        rows = [row for service in self.services for row in service.subscriptions]
        return [row for row in rows if row.topic.event is type(event)]


@asynccontextmanager
async def enriching(
    answering: Any,
    *others: OpenService,
    network: Network | None = None,
    percentage: int = 100,
    config: Configured = config_of,
) -> AsyncIterator[Enriched]:
    """The enricher, and other services, with `answering` in place of the network's sources."""
    clock, queue = HastyClock(), Queue()
    async with (
        opened_sources(answering, network=network, clock=clock, percentage=percentage) as opened,
        AsyncExitStack() as stack,
    ):
        resources = replace(resources_of(opened, queue, clock), config=config)
        services = [await stack.enter_async_context(each(resources)) for each in (open_enricher, *others)]
        yield Enriched(services, queue, opened, clock)


def resources_of(opened: Opened, queue: Queue, clock: HastyClock) -> Resources:
    """What services are given."""
    unused: Any = None
    return Resources(
        settings=Settings.load(),
        config=config_of,
        admin=unused,
        networks=Networks((opened.network,)),
        stores=opened.stores,
        publisher=queue,
        backlog=queue,
        clock=clock,
        metrics=opened.metrics,
        horizon=opened.sources.horizon,
        expert=opened.sources.expert,
        limiter=opened.sources.limiter,
        federation=opened.sources.federation,
        home_domains=opened.sources.home_domains,
        dead_letters=unused,
    )


@asynccontextmanager
async def enriched_sandbox(
    folder: Path, *others: OpenService, **network: Any
) -> AsyncIterator[tuple[Sandbox, Enriched]]:
    """The same on a frozen sandbox."""
    key = sandbox_key(SEED, SMALL)
    own = network_at("http://sandbox", passphrase=sandbox_passphrase(key), key=key, **network)
    async with open_sandbox(sandbox_settings(), folder, SystemClock(), None) as sandbox:
        await sandbox.ready()

        async def noted(scope: Any, receive: Any, send: Any) -> None:
            enriched.asked.append(Asked(enriched.clock.monotonic(), scope["path"]))
            await sandbox.app(scope, receive, send)

        async with enriching(noted, *others, network=own) as enriched:
            yield sandbox, enriched
