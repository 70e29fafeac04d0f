"""Sources as the product opens them, over an ASGI app or a transport in place of the network."""

import asyncio
import heapq
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.sqlite.connection import MEMORY
from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.adapters.sqlite.usage_store import SqliteUsageStore
from stellarmap_common.adapters.stellar.genesis import genesis_of
from stellarmap_common.adapters.stellar.guard import Resolver, system_resolver
from stellarmap_common.adapters.stellar.retries import ONCE, Retries
from stellarmap_common.adapters.stellar.sources import Access, Sources, open_sources
from stellarmap_common.domain.creation import AccountEnd, Creation, UnplacedCreation
from stellarmap_common.domain.network import PUBLIC_PASSPHRASE, AccountRef, Address, NetworkKey, NetworkName
from stellarmap_common.domain.status import Lane
from stellarmap_common.observability.metrics import Metrics, open_metrics
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.sources import SourcePage
from stellarmap_common.ports.stores import Stores
from stellarmap_common.ports.usage_store import UsageStore
from stellarmap_ingest_horizon.source import HorizonCreationSource
from tests.support.config import config_of

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MOST_PAGES = 1_000
NO_LIMIT = 1_000_000_000
TURNS = 20  # of the event loop, after which nobody has anything left to do in a test without threads


@dataclass
class SteppedClock:
    """Time that passes only when a test says so; whoever sleeps is woken at his moment, in order."""

    at: datetime = NOON
    _sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=count)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.at + timedelta(seconds=seconds), next(self._numbers), woken))
        await woken

    async def pass_s(self, seconds: float) -> None:
        """So many seconds pass, and everybody did what there was to do in them."""
        await settled()
        end = self.at + timedelta(seconds=seconds)
        while self._sleepers and self._sleepers[0][0] <= end:
            self.at, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)
            await settled()
        self.at = end
        await settled()


@dataclass
class HastyClock:
    """Whoever sleeps has slept at once, and time has passed."""

    at: datetime = NOON
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        if seconds >= 5:  # a loop of the process: it must not keep the test busy
            await asyncio.Event().wait()
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)
        await asyncio.sleep(0)


async def settled() -> None:
    """Returns when everybody who could go on has."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


@asynccontextmanager
async def usage_store() -> AsyncIterator[UsageStore]:
    """A usage store in memory: every call of it is done when it returns."""
    async with open_database(MEMORY, inline=True) as database:
        yield SqliteUsageStore(database)


def network_at(
    base: str = "http://replay", *, passphrase: str = PUBLIC_PASSPHRASE, expert: bool = True, **changes: Any
) -> Network:
    """A network whose Horizon and Stellar Expert are below `base`."""
    key = changes.pop("key", NetworkKey("public"))
    fields: dict[str, Any] = {
        "name": NetworkName.SANDBOX,  # its Stellar Expert has no limit
        "key": key,
        "passphrase": passphrase,
        "genesis": AccountRef(key, genesis_of(passphrase)),
        "horizon_url": f"{base}/horizon",
        "expert_url": f"{base}/expert" if expert else "",
        "max_per_hour": 0,
    }
    return Network(**{**fields, **changes})


@dataclass(frozen=True)
class Opened:
    """Opened sources, and what they are counted and timed by."""

    network: Network
    sources: Sources
    metrics: Metrics
    stores: Stores
    creations: HorizonCreationSource

    def ref(self, address: str) -> AccountRef:
        return AccountRef(self.network.key, Address(address))

    async def lives_of(self, address: str) -> "Found":
        """The creator step of an account, to its end."""
        return await _found(self.creations.creations_of, self.ref(address))

    async def children_of(self, address: str) -> "Found":
        """The children steps of an account, to their end."""
        return await _found(self.creations.children_page, self.ref(address))


@dataclass(frozen=True)
class Found:
    """All pages of a step."""

    pages: list[SourcePage]

    @property
    def creations(self) -> list[Creation]:
        return [creation for page in self.pages for creation in page.creations]

    @property
    def ends(self) -> list[AccountEnd]:
        return [end for page in self.pages for end in page.ends]

    @property
    def unplaced(self) -> list[UnplacedCreation]:
        return [unplaced for page in self.pages for unplaced in page.unplaced]

    @property
    def last(self) -> SourcePage:
        return self.pages[-1]

    @property
    def calls(self) -> list[int]:
        return [page.calls for page in self.pages]


async def _found(read: Callable[[AccountRef, str, Lane], Awaitable[SourcePage]], account: AccountRef) -> Found:
    pages: list[SourcePage] = []
    while not pages or not pages[-1].complete:
        pages.append(await read(account, pages[-1].cursor if pages else "", Lane.USER))
        assert len(pages) < MOST_PAGES, "it does not end"
    return Found(pages)


@asynccontextmanager
async def opened_sources(  # noqa: PLR0913 - what tests vary
    answering: Any,
    *,
    network: Network | None = None,
    clock: Clock | None = None,
    retries: Retries = ONCE,
    percentage: int = 100,
    resolve: Resolver = system_resolver,
) -> AsyncIterator[Opened]:
    """Sources that ask `answering`: a transport, or an ASGI app."""
    own = network or network_at()
    transport = answering if isinstance(answering, httpx.AsyncBaseTransport) else httpx.ASGITransport(answering)
    config = config_of(
        horizon_max_per_hour=own.max_per_hour or NO_LIMIT, horizon_percentage=percentage, expert_percentage=percentage
    )
    access = Access(
        config=config,
        retries=retries,
        transport=transport,
        resolve=resolve,
    )
    used, metrics = clock or HastyClock(), open_metrics(CollectorRegistry())
    async with (
        open_database(MEMORY, inline=True) as database,
        open_sources(
            Networks((own,)), access, usage=SqliteUsageStore(database), clock=used, metrics=metrics
        ) as sources,
    ):
        creations = HorizonCreationSource(Networks((own,)), sources.horizon, sources.expert, used)
        yield Opened(own, sources, metrics, open_stores(database), creations)
