"""Notes which accounts people look at, so that they are kept fresh. A note now and then is enough."""

from collections import OrderedDict
from contextlib import suppress

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.networks import Networks
from stellarmap_common.ports.profile_store import ProfileStore

NOTED_EVERY_S = 600.0
MOST_REMEMBERED = 10_000


class Viewing:
    """The accounts that were noted lately by this replica."""

    def __init__(self, profiles: ProfileStore, networks: Networks, clock: Clock) -> None:
        self._profiles = profiles
        self._networks = networks
        self._clock = clock
        self._noted: OrderedDict[AccountRef, float] = OrderedDict()

    async def note(self, account: AccountRef) -> None:
        """Afterwards it is known that the account is looked at, unless the store is away: the view itself goes on."""
        network, now = self._networks.of(account.network), self._clock.monotonic()
        noted_at = self._noted.get(account)
        if network is None or not network.current or (noted_at is not None and now - noted_at < NOTED_EVERY_S):
            return
        self._noted[account] = now
        self._noted.move_to_end(account)
        if len(self._noted) > MOST_REMEMBERED:
            self._noted.popitem(last=False)
        with suppress(StoreUnavailable):
            await self._profiles.view(account, self._clock.now())
