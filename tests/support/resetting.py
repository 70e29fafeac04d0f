"""ingest-horizon on a testnet that can be reset, in one process: events in, facts out, time as a test has it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from stellarmap_common.domain.network import TESTNET_PASSPHRASE, AccountRef, Address, NetworkKey, NetworkName
from stellarmap_common.events.requests import RequestCompleted
from stellarmap_common.lineage.requests import Ask, Requests
from stellarmap_common.lineage.routes import routes_in_force
from stellarmap_common.lineage.walk import Walk, Walker
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.request_store import Request
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.resources import Resources
from stellarmap_common.runtime.service import Service
from stellarmap_common.runtime.settings import Settings
from stellarmap_ingest_horizon.service import open_service
from tests.support.config import config_of
from tests.support.publishing import Queue
from tests.support.sources import HastyClock, network_at, opened_sources
from tests.support.testnet import Testnet

FIRST_KEY, SECOND_KEY = NetworkKey("testnet-1"), NetworkKey("testnet-2")


@dataclass
class Resetting:
    """The opened service, and all that is around it."""

    testnet: Testnet
    networks: Networks
    stores: Stores
    queue: Queue
    clock: HastyClock
    service: Service

    def pass_s(self, seconds: float) -> None:
        self.clock.at += timedelta(seconds=seconds)

    async def turn(self, loop: str) -> None:
        """One turn of the service's loop of that name."""
        (found,) = [each for each in self.service.loops if each.name == loop]
        await found.run_once()

    @property
    def current(self) -> Network:
        found = self.networks.named("testnet")
        assert found
        return found

    async def ask(self, address: Address, key: NetworkKey | None = None) -> Request:
        requests = Requests(
            self.stores,
            self.queue,
            self.clock,
            self.networks,
            self._walker,
            open_requests=10,
            route_of=routes_in_force(self.networks, config_of),
        )
        account = AccountRef(key or self.current.key, address)
        return await requests.ask(Ask(account=account, budget=0, depth=0, pages=1))

    async def handle_next(self) -> None:
        """The event that has waited longest is handled; if that fails, it waits at the front again, as on a bus."""
        event = self.queue.waiting.popleft()
        for subscription in self.service.subscriptions:
            if subscription.topic.event is type(event):
                try:
                    await subscription.handler(event)
                except BaseException:
                    self.queue.waiting.appendleft(event)
                    raise

    async def handle_all(self) -> None:
        while self.queue.waiting:
            await self.handle_next()

    async def map(self, address: Address) -> list[Address]:
        """The chain of the account in the current epoch, once everything that follows from asking for it is handled."""
        await self.ask(address)
        await self.handle_all()
        return await self.chain(AccountRef(self.current.key, address))

    async def walk(self, account: AccountRef) -> Walk:
        return await self._walker.walk(account)

    async def chain(self, account: AccountRef) -> list[Address]:
        """As a process would read it that has just started."""
        return [hop.creation.account for hop in (await Walker(self.stores, self.networks).walk(account)).hops]

    def completed(self) -> list[RequestCompleted]:
        return [event for event in self.queue.published if isinstance(event, RequestCompleted)]

    async def request(self, of: Request) -> Request:
        found = await self.stores.requests.request(of.ref)
        assert found
        return found

    @property
    def _walker(self) -> Walker:
        return Walker(self.stores, self.networks)


@asynccontextmanager
async def resetting(testnet: Testnet) -> AsyncIterator[Resetting]:
    """The service, whose only network is testnet, in its first epoch."""
    network = network_at(
        "http://testnet", passphrase=TESTNET_PASSPHRASE, key=FIRST_KEY, expert=False, name=NetworkName.TESTNET, epoch=1
    )
    clock, queue, unused = HastyClock(), Queue(), None
    async with opened_sources(testnet, network=network, clock=clock) as opened:
        given: Any = unused
        resources = Resources(
            settings=Settings.load(),
            config=config_of,
            admin=given,
            networks=opened.sources.networks,
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
            dead_letters=given,
        )
        async with open_service(resources) as service:
            yield Resetting(testnet, opened.sources.networks, opened.stores, queue, clock, service)
