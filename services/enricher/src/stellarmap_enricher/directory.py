"""The directory of Stellar Expert: what it said lately is believed, and who asks at about the same time is asked for together."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.profile import LISTED_FOR, ListedAt
from stellarmap_common.domain.status import Lane
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.horizon import DIRECTORY_PAGE, ExpertApi
from stellarmap_common.ports.profile_store import ProfileStore
from stellarmap_enricher.mapping import listing_of

_BY_HASTE = tuple(Lane)


@dataclass(eq=False)
class _Batch:
    accounts: set[Address] = field(default_factory=set)
    lane: Lane = _BY_HASTE[-1]  # that of whoever is in the greatest hurry
    work: "asyncio.Task[Mapping[Address, ListedAt]] | None" = None


class Directory:
    """One call for all accounts that came within `window_s`, at most fifty."""

    def __init__(
        self,
        expert: Callable[[NetworkKey], ExpertApi | None],
        profiles: ProfileStore,
        clock: Clock,
        *,
        window_s: float,
    ) -> None:
        self._expert = expert
        self._profiles = profiles
        self._clock = clock
        self._window_s = window_s
        self._collecting: dict[NetworkKey, _Batch] = {}
        self._under_way: set[asyncio.Task[Mapping[Address, ListedAt]]] = set()

    async def listed(self, account: AccountRef, lane: Lane) -> ListedAt | None:
        """What the directory says of the account, or said within a day; None where it is off. Raises: as ExpertApi."""
        expert = self._expert(account.network)
        if expert is None:
            return None
        since = self._clock.now() - LISTED_FOR
        kept = await self._profiles.listings(account.network, [account.address], since)
        if account.address in kept:
            return kept[account.address]
        said = await asyncio.shield(self._joined(expert, account, lane))
        return said[account.address]

    async def stop(self) -> None:
        """Afterwards nothing is under way."""
        for work in self._under_way:
            work.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _joined(self, expert: ExpertApi, account: AccountRef, lane: Lane) -> "asyncio.Task[Mapping[Address, ListedAt]]":
        network = account.network
        batch = self._collecting.get(network)
        if batch is None or batch.work is None:
            batch = self._collecting[network] = _Batch()
            batch.work = asyncio.create_task(self._work(expert, network, batch), name="directory")
            self._under_way.add(batch.work)
            batch.work.add_done_callback(self._ended)
        batch.accounts.add(account.address)
        batch.lane = min(batch.lane, lane, key=_BY_HASTE.index)
        if len(batch.accounts) == DIRECTORY_PAGE:
            del self._collecting[network]  # it is asked for when its window ends; who comes now begins another
        return batch.work

    async def _work(self, expert: ExpertApi, network: NetworkKey, batch: _Batch) -> Mapping[Address, ListedAt]:
        await self._clock.sleep(self._window_s)
        if self._collecting.get(network) is batch:
            del self._collecting[network]
        asked, at = sorted(batch.accounts), self._clock.now()
        found = dict(map(listing_of, await expert.directory(asked, batch.lane)))
        said = {account: ListedAt(at=at, listing=found.get(account)) for account in asked}
        await self._profiles.keep_listings(network, said)
        return said

    def _ended(self, work: "asyncio.Task[Mapping[Address, ListedAt]]") -> None:
        self._under_way.discard(work)
        if not work.cancelled():
            work.exception()  # told to all who wait for it; that there is none left is no error
