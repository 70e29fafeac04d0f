"""Whether the Horizon of a network answers. Asked only while somebody looks at that network, and at most once a minute.

What the calls that map find meanwhile is known at once if they are made in this process, else within seconds.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from stellarmap_common.domain.network import NetworkKey, NetworkName
from stellarmap_common.domain.status import Lane
from stellarmap_common.errors import RateLimited, StellarmapError
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.horizon import LAG, HorizonApi, latest_ledger
from stellarmap_common.ports.limits import Limiter
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.runtime.resources import Filling

log = structlog.get_logger(__name__)

AGAIN_S = 60.0
SOON_S = 5.0  # after a check for which our own limit had no room
IN_USE_S = 120.0
PATIENCE_S = 10.0
LOOP_S = 1.0  # so that whoever chooses a network soon knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of the latest check."""

    at: datetime
    reachable: bool
    latency_ms: float | None = None
    detail: str | None = None  # what is wrong, for people


class Reachability:
    """Looks at the Horizons of networks in use."""

    def __init__(
        self,
        networks: Networks,
        horizon: Callable[[NetworkKey], HorizonApi],
        filling: Callable[[NetworkKey], Filling | None],
        clock: Clock,
        limiter: Limiter,
    ) -> None:
        self._networks = networks
        self._horizon = horizon
        self._filling = filling
        self._clock = clock
        self._limiter = limiter  # knows what came of the calls that map
        self._looked: dict[NetworkKey, float] = {}
        self._checked: dict[NetworkKey, float] = {}
        self._seen: dict[NetworkKey, Seen] = {}
        self._highest: dict[NetworkKey, int] = {}  # latest ledger ever told
        self._away: dict[NetworkKey, datetime] = {}

    def look(self, network: Network) -> None:
        """Somebody looks at the network: it is in use for two minutes."""
        self._looked[network.key] = self._clock.monotonic()

    def in_use(self, network: Network) -> bool:
        """True when somebody looked at the network lately."""
        looked = self._looked.get(network.key)
        return looked is not None and self._clock.monotonic() - looked < IN_USE_S

    def seen(self, network: Network) -> Seen | None:
        """What came of the latest check, or of a call that has failed since; None if there was neither."""
        seen, trouble = self._seen.get(network.key), self._limiter.trouble(network.horizon_source)
        if trouble is None or (seen and not seen.reachable and seen.at >= trouble.at):
            return seen
        return Seen(at=trouble.at, reachable=False, detail=trouble.told)

    def away_since(self, network: Network) -> datetime | None:
        """When the first of the checks or calls was made that have failed since; None when the latest did not."""
        away, trouble = self._away.get(network.key), self._limiter.trouble(network.horizon_source)
        if trouble is None:
            return away
        return min(away, trouble.since) if away else trouble.since

    def filling(self, network: Network) -> Filling | None:
        """How far the simulated network is made; None when there is nothing to make."""
        return self._filling(network.key)

    def hindrance(self, network: Network) -> str | None:
        """Why nothing of this network can be read now; None when nothing is known to be in the way."""
        if self.filling(network):
            return "The simulated network is still being made."
        seen = self.seen(network)
        return None if seen is None or seen.reachable else seen.detail

    async def check_due(self) -> None:
        """Afterwards every network in use was checked within the last minute."""
        await asyncio.gather(*(self.checked(network) for network in self._networks if self.in_use(network)))

    async def checked(self, network: Network) -> Seen | None:
        """What is seen, after a check if the latest is over a minute old; None while the network is being made."""
        if self.filling(network):
            return None
        now = self._clock.monotonic()
        if now - self._checked.get(network.key, now - AGAIN_S) >= AGAIN_S:
            self._checked[network.key] = now
            found = None
            try:
                found = await self._check(network)
            finally:
                if found is None:  # not made, or cut short by whoever waited for it
                    self._checked[network.key] = now - AGAIN_S + SOON_S
            if found is not None:
                self._note(network, found)
        return self.seen(network)

    def _note(self, network: Network, found: Seen) -> None:
        self._seen[network.key] = found
        if found.reachable:
            self._away.pop(network.key, None)
        else:
            self._away.setdefault(network.key, found.at)

    async def _check(self, network: Network) -> Seen | None:
        """What came of it; None if our own limit is used up: nothing went out, so nothing is known that was not before."""
        began = self._clock.monotonic()
        try:
            async with asyncio.timeout(PATIENCE_S):
                root = await self._horizon(network.key).root(Lane.USER)
        except RateLimited:
            return None
        except StellarmapError as error:
            return Seen(at=self._clock.now(), reachable=False, detail=str(error))
        except TimeoutError:
            told = f"{network.horizon_url} does not answer within {PATIENCE_S:.0f} s: check the connection to it."
            return Seen(at=self._clock.now(), reachable=False, detail=told)
        latency_ms = round((self._clock.monotonic() - began) * 1_000, 1)
        if root.get("network_passphrase") != network.passphrase:
            told = f"{network.horizon_url} answers, but for another network."
            return Seen(at=self._clock.now(), reachable=False, latency_ms=latency_ms, detail=told)
        fallen = self._fallen(network, latest_ledger(root))
        return Seen(at=self._clock.now(), reachable=fallen is None, latency_ms=latency_ms, detail=fallen)

    def _fallen(self, network: Network, latest: int) -> str | None:
        """What to say of a Horizon whose latest ledger is further back than it was; None if it is not."""
        highest = self._highest[network.key] = max(latest, self._highest.get(network.key, 0))
        if latest >= highest - LAG:
            return None
        log.warning("source_fell_back", network=network.key, latest_ledger=latest, highest_ledger=highest)
        told = f"{network.horizon_url} has fallen back from ledger {highest} to {latest}."
        if network.epoch is None:
            return f"{told} This network is never reset: what this Horizon tells now cannot be trusted."
        return f"{told} Perhaps the network was reset: that is being looked into."


def url_setting(name: NetworkName) -> str:
    """The variable that sets another Horizon for the network."""
    return f"STELLARMAP_HORIZON_URL_{name.upper()}"
