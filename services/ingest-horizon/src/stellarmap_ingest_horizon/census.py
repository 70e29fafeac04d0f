"""Keeps the figures of each network young, where a store counts them from time to time."""

from datetime import timedelta

from stellarmap_common.ports.account_store import AccountStore
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.networks import Networks

EVERY_S = 10.0
YOUNG = timedelta(seconds=30)


class Census:
    """Any number of processes may look: whoever finds the figures old counts, and two who do write the same."""

    def __init__(self, networks: Networks, accounts: AccountStore, clock: Clock) -> None:
        self._networks = networks
        self._accounts = accounts
        self._clock = clock

    async def run_once(self) -> None:
        """Afterwards no network's figures are old."""
        for network in self._networks:
            now = self._clock.now()
            figures = await self._accounts.figures(network.key)
            if figures.as_of is None or now - figures.as_of >= YOUNG:
                await self._accounts.take_census(network.key, now)
