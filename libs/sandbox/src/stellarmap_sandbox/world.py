"""The network that is served, once it is made, and what its servers may tell of it."""

import asyncio
from typing import Final

from stellarmap_common.errors import StellarmapError
from stellarmap_common.runtime.resources import Filling
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.spec import NetworkSpec

ELDER_LEDGER: Final = "stellarmap.elder_ledger"
"""Key of an ASGI scope: the oldest ledger that Horizon has for this request, where it is not the world's."""


class NetworkNotMade(StellarmapError):
    """The simulated network is not there."""


class World:
    """A network, perhaps still being made; its Horizon and its Expert look at the same one."""

    def __init__(self, spec: NetworkSpec, elder_ledger: int) -> None:
        self.spec = spec
        self.elder_ledger = elder_ledger
        self.elder_known = True  # Horizon does not know it in the first seconds after a start
        self.network: Network | None = None
        self.made = 0  # accounts so far
        self._failure: Exception | None = None
        self._decided = asyncio.Event()
        self._closed = asyncio.Event()
        self._leaving = asyncio.Event()

    def show(self, network: Network) -> None:
        """From now on the network answers."""
        self.network = network
        self._decided.set()

    def give_up(self, error: Exception) -> None:
        """There will be no network, or no further ledger of it: whoever waits for the network is told."""
        self._failure = error
        self._decided.set()

    async def ready(self) -> Network:
        """Returns once the network answers. Raises: what kept it from being made."""
        await self._decided.wait()
        if self.network is None:
            raise NetworkNotMade(f"the sandbox network {self.spec.key} could not be made") from self._failure
        return self.network

    def filling(self) -> Filling | None:
        """How far the network is made; None when it is."""
        return None if self.network else Filling(self.made, self.spec.accounts)

    def ledger_closed(self) -> None:
        """Those who wait for a ledger go on."""
        closed, self._closed = self._closed, asyncio.Event()
        closed.set()

    async def next_ledger(self) -> bool:
        """True when another ledger has closed; False when nobody is told of any more, because the server is to stop."""
        if not self._leaving.is_set():
            await self._closed.wait()
        return not self._leaving.is_set()

    def let_go(self) -> None:
        """Afterwards streams end and no answer is held any longer: a server that stops would wait for them."""
        self._leaving.set()
        self.ledger_closed()

    async def leaving(self) -> None:
        """Returns when the server is to stop."""
        await self._leaving.wait()
