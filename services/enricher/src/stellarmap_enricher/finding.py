"""Where an account is to be found: by its address, its domains and tags, and among the notable children of its creator.

Places are told by profile: what was put where stands in `Told`, so that it is taken away when the account is that no more.
"""

from collections.abc import Callable
from datetime import datetime

from stellarmap_common.domain.lookup import Notable, Term, TermKind, Terms, notable, terms_of
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.profile import Profile
from stellarmap_common.ports.lookup_store import LookupStore
from stellarmap_common.ports.notable_store import NotableStore

_ADDRESS, _CHILD = "address", "child"  # where a term has its kind


class Finding:
    """Puts accounts where they are found."""

    def __init__(self, lookups: LookupStore, notables: NotableStore, *, large_from: Callable[[], int]) -> None:
        self._lookups = lookups
        self._notables = notables
        self._large_from = large_from  # in stroops, as it is configured now

    def places_of(self, profile: Profile, creator: Address | None) -> tuple[str, ...]:
        """Where it is to be found, as `Told` keeps it."""
        places = [f"{_ADDRESS}:", *(f"{term.kind}:{term.text}" for term in terms_of(profile))]
        return (*places, f"{_CHILD}:{creator}") if creator and self._notable(profile) else (*places,)

    async def put(self, profile: Profile, creator: Address | None, at: datetime) -> None:
        """Afterwards it is found in all its places, and no more in those where it was.

        `at`: later than whatever was put there.
        """
        account, told = profile.account, profile.told
        await self._remove(account, set(told.places if told else ()) - set(self.places_of(profile, creator)), at)
        await self._lookups.put(account, terms_of(profile), at)
        face = self._notable(profile)
        if face and creator:
            await self._notables.put(AccountRef(account.network, creator), face, at)

    async def _remove(self, account: AccountRef, places: set[str], at: datetime) -> None:
        left = [place.partition(":") for place in sorted(places)]
        if not left:
            return
        await self._lookups.remove(account, _terms(left), at)
        for kind, _, creator in left:
            if kind == _CHILD:
                await self._notables.remove(AccountRef(account.network, Address(creator)), account.address, at)

    def _notable(self, profile: Profile) -> Notable | None:
        return notable(profile, large_from_stroops=self._large_from())


def _terms(places: list[tuple[str, str, str]]) -> Terms:
    return tuple(Term(TermKind(kind), text) for kind, _, text in places if kind != _CHILD)
