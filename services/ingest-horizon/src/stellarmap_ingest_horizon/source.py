"""Horizon, with Stellar Expert behind it, as a source of creations."""

from collections.abc import Callable

from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.domain.status import Lane, Step
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.horizon import ExpertApi, HorizonApi
from stellarmap_common.ports.networks import Networks
from stellarmap_common.ports.sources import SourcePage, page_unasked
from stellarmap_ingest_horizon.asking import Asking, ElderLedgers
from stellarmap_ingest_horizon.children import ChildrenStep
from stellarmap_ingest_horizon.creator import CreatorStep

USUAL_CALLS = {Step.CREATOR: 2, Step.CHILDREN: 1}


class HorizonCreationSource:
    """The CreationSource of the API route."""

    def __init__(
        self,
        networks: Networks,
        horizon: Callable[[NetworkKey], HorizonApi],
        expert: Callable[[NetworkKey], ExpertApi | None],
        clock: Clock,
    ) -> None:
        self._networks = networks
        self._horizon = horizon
        self._expert = expert
        self._clock = clock
        self._elders = ElderLedgers(clock)

    async def admit(self, account: AccountRef, step: Step, lane: Lane, whose: str = "") -> None:
        if not self._unasked(account, step, ""):
            await self._horizon(account.network).reserve(USUAL_CALLS[step], lane, whose)

    async def creations_of(self, account: AccountRef, cursor: str, lane: Lane) -> SourcePage:
        if known := self._unasked(account, Step.CREATOR, cursor):
            return known
        asking = self._asking(account, lane)
        async with asking.bounded():
            return await CreatorStep(asking, self._elders, account).run(cursor)

    async def children_page(self, account: AccountRef, cursor: str, lane: Lane) -> SourcePage:
        if known := self._unasked(account, Step.CHILDREN, cursor):
            return known
        asking = self._asking(account, lane)
        async with asking.bounded():
            return await ChildrenStep(asking, self._elders, account).run(cursor)

    def _asking(self, account: AccountRef, lane: Lane) -> Asking:
        return Asking(self._horizon(account.network), self._expert(account.network), lane, self._clock)

    def _unasked(self, account: AccountRef, step: Step, cursor: str) -> SourcePage | None:
        network = self._networks.of(account.network)
        return page_unasked(account, step, cursor, network.genesis) if network else None
