"""Asks the sources who an account is. Horizon must answer; the directory may."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.domain.profile import IssuedAt, Lines, ListedAt, Profile, gone
from stellarmap_common.domain.status import Lane
from stellarmap_common.errors import RateLimited, SourceRejected, SourceUnavailable
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.creation_store import CreationStore
from stellarmap_common.ports.horizon import HorizonApi
from stellarmap_enricher.directory import Directory
from stellarmap_enricher.mapping import entry_of, issued_of, trust_lines_of

log = structlog.get_logger(__name__)

CALLS = 2  # of Horizon, for one account


@dataclass(frozen=True, slots=True)
class Reading:
    """What was answered."""

    profile: Profile  # the parts that were
    directory_error: str | None = None  # why the directory is not among them
    directory_off: bool = False


class Reader:
    """Reads one account."""

    def __init__(
        self,
        horizon: Callable[[NetworkKey], HorizonApi],
        directory: Directory,
        creations: CreationStore,
        clock: Clock,
    ) -> None:
        self._horizon = horizon
        self._directory = directory
        self._creations = creations
        self._clock = clock

    async def read(self, account: AccountRef, known: Profile | None, lane: Lane, whose: str) -> Reading:
        """Every part that a source answers. Raises: RateLimited, SourceUnavailable, SourceRejected, of Horizon alone."""
        horizon = self._horizon(account.network)
        await horizon.reserve(CALLS, lane, whose)
        state = await self._state(horizon, account, known, lane)
        issued = issued_of(await horizon.assets_issued_by(account.address, lane))
        listed, error = await self._listed(account, lane)
        return Reading(
            profile=Profile(
                account=account,
                entry=state.entry,
                entry_at=state.entry_at,
                lines=state.lines,
                issued=IssuedAt(at=self._clock.now(), issued=issued),
                listed=listed,
            ),
            directory_error=error,
            directory_off=listed is None and error is None,
        )

    async def _state(self, horizon: HorizonApi, account: AccountRef, known: Profile | None, lane: Lane) -> Profile:
        record = await horizon.account(account.address, lane)
        now = self._clock.now()
        if record is not None:
            lines = Lines(at=now, held=trust_lines_of(record))
            return Profile(account=account, entry=entry_of(record), entry_at=now, lines=lines)
        creations, ends = await self._creations.creations_of(account), await self._creations.ends_of(account)
        entry = gone(known, creations, ends, now)
        if entry is None:
            return Profile(account=account)
        return Profile(account=account, entry=entry, entry_at=now, lines=Lines(at=now))

    async def _listed(self, account: AccountRef, lane: Lane) -> tuple[ListedAt | None, str | None]:
        try:
            return await self._directory.listed(account, lane), None
        except (SourceUnavailable, SourceRejected, RateLimited) as error:
            log.info("directory_silent", network=account.network, account=account.address, told=str(error))
            return None, str(error)
