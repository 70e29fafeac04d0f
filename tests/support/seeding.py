"""The seed of a simulated network, told to a tracker on a store: all but the bus between them is the product's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.standing import StandingChange
from stellarmap_common.events.base import Event
from stellarmap_common.events.standings import BalanceUpdated
from stellarmap_common.ports.networks import Networks
from stellarmap_common.ports.seed_store import StandingsSeed
from stellarmap_common.ports.standing_store import Board
from stellarmap_hva_tracker.journal.owner import Owner
from stellarmap_ingest_bigquery.seeding.rows import SeedRows
from stellarmap_ingest_bigquery.seeding.seeder import Seeder
from stellarmap_ingest_bigquery.seeding.seeds import Seeds
from tests.support.guarded import Guarded, Hubble
from tests.support.publishing import Queue

E = TypeVar("E", bound=Event)
LOWEST_XLM = 100  # in a small network many have that


@dataclass
class Seeding:
    """One replica, what it has published, and a tracker that has heard of it."""

    hubble: Hubble
    one: Guarded
    queue: Queue = field(default_factory=Queue)
    changes: list[StandingChange] = field(default_factory=list)
    owner: Owner = field(init=False)

    def __post_init__(self) -> None:
        tracker, clock = self.one.stores.tracker, self.hubble.clock
        self.owner = Owner(self.one.network.key, lambda: self.one.config.yardstick, tracker, Queue(), clock)

    def seeder(self) -> Seeder:
        """That of a process which knows of nothing but the store."""
        rows = SeedRows(self.one.jobs, self.one.api)
        return Seeder(self.one.network.key, rows, self.one.stores, self.queue, self.hubble.clock)

    def seeds(self) -> Seeds:
        """The same, with its loop."""
        key, networks = self.one.network.key, Networks((self.one.network,))
        return Seeds({key: self.seeder()}, self.one.stores, networks, lambda: self.one.config, self.hubble.clock)

    async def seed(self) -> StandingsSeed:
        """As it is stored."""
        return await self.one.stores.seeds.seed_of(self.one.network.key) or StandingsSeed(network=self.one.network.key)

    async def begun(self) -> StandingsSeed:
        """The seed with an answer that is to be told."""
        return await self.seeder().begin(await self.seed(), LOWEST_XLM, wished=None, retold=False)

    async def told(self) -> StandingsSeed:
        """The seed, begun and told to its end."""
        return await self.seeder().tell(await self.begun(), self.one.config.hva_board_size)

    def taken(self, kind: type[E]) -> list[E]:
        """What was published of that kind since this was last asked."""
        found = [event for event in self.queue.waiting if isinstance(event, kind)]
        for event in found:
            self.queue.waiting.remove(event)
        return found

    async def heard(self) -> list[BalanceUpdated]:
        """What was published of balances since the last time: the tracker has heard it, in several portions."""
        balances = self.taken(BalanceUpdated)
        for start in range(0, len(balances), 100):
            await self.owner.take(balances[start : start + 100])
        await self.owner.look()
        return balances

    async def board(self) -> Board:
        board = await self.one.stores.standings.board_of(self.one.network.key)
        assert board
        return board

    def true(self) -> list[tuple[str, int]]:
        """Who has enough, the largest first."""
        network = self.hubble.served.sandbox.world.network
        assert network
        large = [
            (network.keys.address(number), network.accounts.balance[number])
            for number in range(len(network.accounts))
            if network.exists(number) and network.accounts.balance[number] >= LOWEST_XLM * STROOPS_PER_XLM
        ]
        return sorted(large, key=lambda each: (-each[1], each[0]))


@asynccontextmanager
async def seeding(hubble: Hubble, **config: Any) -> AsyncIterator[Seeding]:
    """A replica in fallback mode, or as `config` says."""
    async with hubble.replica(hva_supported_thresholds=(LOWEST_XLM, 10_000), **config) as one:
        yield Seeding(hubble, one)
