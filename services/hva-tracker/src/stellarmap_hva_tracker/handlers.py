"""What the tracker hears: balances, all of a network in one order."""

from collections.abc import Callable, Sequence

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.events.standings import BalanceUpdated, RecalculationRequested
from stellarmap_common.ports.networks import Networks
from stellarmap_common.ports.standing_store import StandingStore
from stellarmap_hva_tracker.journal.owner import Owner


class TrackerHandlers:
    """One owner for each network that is current; it forgets those that are not."""

    def __init__(self, networks: Networks, standings: StandingStore, owner_of: Callable[[NetworkKey], Owner]) -> None:
        self._networks = networks
        self._standings = standings
        self._owner_of = owner_of
        self._owners: dict[NetworkKey, Owner] = {}

    async def on_balances_updated(self, events: Sequence[BalanceUpdated]) -> None:
        """What the balances change is journaled, stored and told. All of them are of one network, in their order."""
        await self._owner(events[0].network).take(events)

    async def on_recalculation_requested(self, event: RecalculationRequested) -> None:
        """What was never told of these accounts is journaled, stored and told."""
        await self._owner(event.network).recalculate(event, self._standings)

    async def look(self) -> None:
        """Every network's board is shown as it is now, and a day that has ended is closed."""
        current = {network.key for network in self._networks}
        for over in self._owners.keys() - current:
            del self._owners[over]
        for key in current:
            await self._owner(key).look()

    def _owner(self, key: NetworkKey) -> Owner:
        if key not in self._owners:
            self._owners[key] = self._owner_of(key)
        return self._owners[key]
