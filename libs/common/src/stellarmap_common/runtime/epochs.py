"""The epochs of this process: learned from the store, where whoever sees a reset begins one."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.errors import InvalidEvent, NetworkReset
from stellarmap_common.events.requests import StepEvent
from stellarmap_common.ports.epoch_store import EpochStore
from stellarmap_common.ports.networks import Networks

log = structlog.get_logger(__name__)

LEARN_S = 2.0  # between two looks at the store

E = TypeVar("E", bound=StepEvent)


class Epochs:
    """Keeps `networks` as the store says. One for each process, or several: they keep nothing of their own."""

    def __init__(self, networks: Networks, store: EpochStore) -> None:
        self._networks = networks
        self._store = store

    async def learn(self) -> None:
        """Afterwards this process knows of every epoch that has begun."""
        self._networks.learn(await self._store.epochs())

    def of_current(self, handler: Callable[[E], Awaitable[None]]) -> Callable[[E], Awaitable[None]]:
        """The handler for events of current epochs alone. Those of an epoch that is over are dropped, and acknowledged."""

        async def handle(event: E) -> None:
            try:
                await self._require_current(event.network)
                await handler(event)
            except NetworkReset as reset:
                log.info("event_dropped", event_id=event.id, network=event.network, reason=str(reset))

        return handle

    async def _require_current(self, key: NetworkKey) -> None:
        """Raises: NetworkReset (its epoch is over), InvalidEvent (it has not begun)."""
        network = self._networks.of(key)
        if network is None:
            await self.learn()  # another process may have seen the reset first
            network = self._networks.of(key)
        if network is None:
            raise InvalidEvent(f"network key {key[:100]!r} is not one of this installation")
        if not network.current:
            raise NetworkReset(network.over)
