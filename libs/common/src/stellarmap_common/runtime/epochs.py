"""The epochs of this process: learned from the store, where whoever sees a reset begins one."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar

import structlog

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.errors import InvalidEvent, NetworkReset
from stellarmap_common.events.base import AccountEvent
from stellarmap_common.events.standings import BalanceUpdated, RecalculationRequested
from stellarmap_common.ports.epoch_store import EpochStore
from stellarmap_common.ports.networks import Networks

log = structlog.get_logger(__name__)

LEARN_S = 2.0  # between two looks at the store

E = TypeVar("E", bound=AccountEvent | BalanceUpdated | RecalculationRequested)
P = ParamSpec("P")


class Epochs:
    """Keeps `networks` as the store says. One for each process, or several: they keep nothing of their own."""

    def __init__(self, networks: Networks, store: EpochStore) -> None:
        self._networks = networks
        self._store = store

    async def learn(self) -> None:
        """Afterwards this process knows of every epoch that has begun."""
        self._networks.learn(await self._store.epochs())

    def of_current(
        self, handler: Callable[Concatenate[E, P], Awaitable[None]]
    ) -> Callable[Concatenate[E, P], Awaitable[None]]:
        """The handler for events of current epochs alone. Those of an epoch that is over are dropped, and acknowledged."""

        async def handle(event: E, /, *args: P.args, **kwargs: P.kwargs) -> None:
            await self._require_begun(event.network)
            await handler(event, *args, **kwargs)

        return self.unless_over(handle)

    def of_current_together(
        self, handler: Callable[[Sequence[E]], Awaitable[None]]
    ) -> Callable[[Sequence[E]], Awaitable[None]]:
        """The same, for a handler of several events of one network."""

        async def handle(events: Sequence[E], /) -> None:
            async def handle_all(_: E, /) -> None:
                await handler(events)

            await self.of_current(handle_all)(events[0])

        return handle

    def unless_over(
        self, hook: Callable[Concatenate[E, P], Awaitable[None]]
    ) -> Callable[Concatenate[E, P], Awaitable[None]]:
        """The hook for every event but those of an epoch that is over: nothing is written into that."""

        async def handle(event: E, /, *args: P.args, **kwargs: P.kwargs) -> None:
            try:
                self._require_not_over(event.network)
                await hook(event, *args, **kwargs)
            except NetworkReset as reset:
                log.info("event_dropped", event_id=event.id, network=event.network, reason=str(reset))

        return handle

    async def _require_begun(self, key: NetworkKey) -> None:
        """Raises: InvalidEvent (this installation has no such network), NetworkReset (its epoch is over)."""
        if self._networks.of(key) is None:
            await self.learn()  # another process may have seen the reset first
            self._require_not_over(key)
        if self._networks.of(key) is None:
            raise InvalidEvent(f"network key {key[:100]!r} is not one of this installation")

    def _require_not_over(self, key: NetworkKey) -> None:
        network = self._networks.of(key)
        if network and not network.current:
            raise NetworkReset(network.over)
