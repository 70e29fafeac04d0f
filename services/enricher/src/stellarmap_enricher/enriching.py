"""One account: read what its sources say, store it, tell what is new. Safe to do twice, and wherever a crash cuts it off."""

from dataclasses import replace
from datetime import datetime, timedelta

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.profile import Profile, Told, began_by, began_with, merge
from stellarmap_common.domain.status import Lane
from stellarmap_common.lineage.stages import Stages
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.config import Configured
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.ports.request_store import Request, RequestRef
from stellarmap_common.ports.stores import Stores
from stellarmap_enricher import stages as views
from stellarmap_enricher.finding import Finding
from stellarmap_enricher.reading import Reader
from stellarmap_enricher.telling import balance_of, digest_of, news

_BY_HASTE = tuple(Lane)
_MOMENT = timedelta(microseconds=1)


class Enriching:
    """What handlers do with an account."""

    def __init__(
        self, stores: Stores, publisher: EventPublisher, clock: Clock, reader: Reader, config: Configured
    ) -> None:
        self._stores = stores
        self._publisher = publisher
        self._clock = clock
        self._reader = reader
        self._config = config
        self._stages = Stages(stores, publisher, clock)
        self._finding = Finding(stores.lookups, stores.notables, large_from=self._large_from_stroops)

    async def enrich(
        self, account: AccountRef, *, lane: Lane, whose: str = "", unless_read_within: timedelta = timedelta()
    ) -> None:
        """Afterwards the profile is of now, or was read within that time; what it has new is published.

        `lane` is that of the event; a request that waits for the account may be in a greater hurry.
        """
        requests = await self._requests_about(account, whose)
        lane = min((lane, *(request.lane for request in requests)), key=_BY_HASTE.index)
        known = await self._stores.profiles.profile_of(account)
        if known and known.is_fresh(self._clock.now(), unless_read_within):
            await self._tell(known, requests, views.ended(known))  # whoever read it may have gone away before
            return
        await self._move(requests, views.running())
        reading = await self._reader.read(account, known, lane, whose)
        before = known or Profile(account=account)
        await self._stores.profiles.put(reading.profile, watched=self._is_large(merge(before, reading.profile)))
        failpoint("after_profile_stored")
        stored = await self._stores.profiles.profile_of(account) or reading.profile
        await self._tell(stored, requests, views.ended(stored, directory_error=reading.directory_error))

    async def measure(self, account: AccountRef, *, stands: bool) -> None:
        """Afterwards an account that was read before counts as large, or not, by the thresholds of now.

        One that stands is large, also while this process has not heard yet at which threshold. Who is watched and not large
        any more is so until it is read again.
        """
        known = await self._stores.profiles.profile_of(account)
        if known and known.entry_at:
            seen = Profile(account=account, entry_at=known.entry_at)
            await self._stores.profiles.put(seen, watched=stands or self._is_large(known))
            await self._tell(known, (), views.ended(known))

    async def give_up(self, account: AccountRef, whose: str, reason: str) -> None:
        """Afterwards whoever follows a request about the account is told that it could not be read."""
        await self._move(await self._requests_about(account, whose), views.failed(reason))

    async def _tell(self, profile: Profile, requests: tuple[Request, ...], stages: views.Views) -> None:
        """Puts the account where it is found, publishes what is new, and how the stages ended.

        That it was is stored last: a crash before repeats it, under the same ids. Stages alone may be lost in a power cut, so
        that write comes also where nothing is new: it is durable, and with it all that was written before.
        """
        creations = await self._stores.creations.creations_of(profile.account)
        ends = await self._stores.creations.ends_of(profile.account) if creations else ()
        created_op, creator = began_with(creations, ends), began_by(creations, ends)
        told, events, places = profile.told, news(profile, created_op), self._finding.places_of(profile, creator)
        if events or places != (told.places if told else ()):
            noted = await self._place(profile, creator, places)
            failpoint("after_profile_placed")
            await self._publisher.publish(*events)
            failpoint("after_profile_told")
            digest, balance = digest_of(profile), balance_of(profile, created_op)
            told = Told(at=self._after(noted), digest=digest, balance=balance, places=places)
        await self._move(requests, stages)
        if told != profile.told or requests:
            await self._stores.profiles.put(Profile(account=profile.account, told=told))
            failpoint("after_profile_marked")

    async def _place(self, profile: Profile, creator: Address | None, places: tuple[str, ...]) -> Told:
        """Afterwards it is found in these places alone, as of the moment of what is told then.

        That is noted before: whoever is cut off here, and has become another meanwhile, is in no place that is not known, and
        was put nowhere later than at a moment that is.
        """
        before = profile.told or Told(at=self._clock.now(), digest="")
        union = tuple(dict.fromkeys((*before.places, *places)))
        noted = replace(before, at=self._after(before), places=union)
        await self._stores.profiles.put(Profile(account=profile.account, told=noted))
        await self._finding.put(profile, creator, noted.at)
        return noted

    def _after(self, told: Told) -> datetime:
        """Now; later than what was told, also by a clock that is behind that of whoever told it."""
        return max(self._clock.now(), told.at + _MOMENT)

    async def _move(self, requests: tuple[Request, ...], stages: views.Views) -> None:
        for request in requests:
            await self._stages.move(request, stages)

    async def _requests_about(self, account: AccountRef, whose: str) -> tuple[Request, ...]:
        """The request that the event names, if it is about this very account, and those about it that are open."""
        named = await self._stores.requests.request(RequestRef(account.network, whose)) if whose else None
        waiting = await self._stores.requests.open_requests(account.network, account=account.address)
        found = {request.ref: request for request in (named, *waiting) if request and request.asked == account}
        return tuple(found.values())

    def _is_large(self, profile: Profile) -> bool:
        return profile.entry is not None and profile.entry.balance_stroops >= self._large_from_stroops()

    def _large_from_stroops(self) -> int:
        return self._config().hva_supported_thresholds[0] * STROOPS_PER_XLM
