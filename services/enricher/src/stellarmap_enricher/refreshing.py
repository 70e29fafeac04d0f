"""Reads again, by and by, who is large and who was looked at lately: as much as our share of Horizon's limit leaves room for."""

from collections.abc import Callable
from datetime import timedelta

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.profile import EnrichmentReason, Profile
from stellarmap_common.domain.status import Lane
from stellarmap_common.events.base import fact_id
from stellarmap_common.events.enrichment import EnrichmentRequested
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.limits import Limiter
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.profile_store import ProfileStore
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_enricher.reading import CALLS

TURN_S = 30.0
MOST_A_TURN = 40  # accounts, of each network
VIEWED_WITHIN = timedelta(hours=24)
LOOKED_AT = 10 * MOST_A_TURN  # of those that were viewed; most of them are fresh


class Refreshing:
    """Asks for what is due. Several replicas ask for the same, under the same ids; whoever comes second finds it done."""

    def __init__(  # noqa: PLR0913 - what it stands on
        self,
        profiles: ProfileStore,
        publisher: EventPublisher,
        clock: Clock,
        networks: Networks,
        limiter: Limiter,
        *,
        viewed_s: float,
        watched_s: Callable[[Network], float],
    ) -> None:
        self._profiles = profiles
        self._publisher = publisher
        self._clock = clock
        self._networks = networks
        self._limiter = limiter
        self._viewed = timedelta(seconds=viewed_s)
        self._watched_s = watched_s

    async def run_once(self) -> None:
        """Afterwards what is due, and has room, is asked for."""
        for network in self._networks:
            if room := self._room(network):
                await self._publisher.publish(*[_request(profile) for profile in await self._due(network, room)])

    def _room(self, network: Network) -> int:
        """How many accounts may be read in a turn, if nobody else wants anything; 0 while somebody does."""
        source = network.horizon_source
        if not network.current or self._limiter.expected_wait_s(source, Lane.GROWTH, CALLS) > 1.0:
            return 0
        per_s = self._limiter.pace(source).per_s
        return MOST_A_TURN if per_s is None else min(MOST_A_TURN, max(1, int(per_s * TURN_S / CALLS / 2)))

    async def _due(self, network: Network, room: int) -> list[Profile]:
        now, watched = self._clock.now(), timedelta(seconds=self._watched_s(network))
        seen = await self._profiles.viewed(network.key, now - VIEWED_WITHIN, now, LOOKED_AT)
        due = await self._older(seen, self._viewed, room)
        if len(due) < room:
            large = await self._profiles.watched(network.key, now - watched, room - len(due))
            known = {profile.account for profile in due}
            due += await self._older([each for each in large if each not in known], watched, room - len(due))
        return due

    async def _older(
        self, accounts: "list[AccountRef] | tuple[AccountRef, ...]", age: timedelta, most: int
    ) -> list[Profile]:
        """Those, at most so many, that were last read so long ago."""
        now, found = self._clock.now(), list[Profile]()
        for account in accounts:
            if len(found) == most:
                break
            profile = await self._profiles.profile_of(account)
            if profile and not profile.is_fresh(now, age):
                found.append(profile)
        return found


def _request(profile: Profile) -> EnrichmentRequested:
    account, read_at = profile.account, profile.entry_at
    return EnrichmentRequested(
        id=fact_id(EnrichmentRequested.type, account.network, account.address, EnrichmentReason.PERIODIC, read_at),
        network=account.network,
        account=account.address,
        reason=EnrichmentReason.PERIODIC,
    )
