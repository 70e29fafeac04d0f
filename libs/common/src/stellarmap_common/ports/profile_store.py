"""Profiles: who accounts are, as the enricher has read it; and which of them are worth being read again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.profile import ListedAt, Profile


class ProfileStore(Protocol):
    """What is stored is what `merge` makes of all that was put, in whatever order it came."""

    async def profile_of(self, account: AccountRef) -> Profile | None:
        """All that is known of the account; None if it was never looked at."""
        ...

    async def profiles_of(self, network: NetworkKey, accounts: Sequence[Address]) -> dict[Address, Profile]:
        """The same of those of the accounts that were ever looked at."""
        ...

    async def put(self, profile: Profile, *, watched: bool = False) -> None:
        """Afterwards each part of it is readable, unless a newer one is. Safe to repeat.

        `watched`: the account is among the `watched` ones. That stands with the moment of its entry, and goes by without one;
        said of one moment twice, it is if it was said once.
        Raises: StoreUnavailable (some parts may be readable; put it again).
        """
        ...

    async def listings(
        self, network: NetworkKey, accounts: Sequence[Address], since: datetime
    ) -> dict[Address, ListedAt]:
        """What the directory said of those of the accounts (at most 50) that it was asked about at `since` or later."""
        ...

    async def keep_listings(self, network: NetworkKey, listings: Mapping[Address, ListedAt]) -> None:
        """Afterwards each is what the directory said last, unless a later one is kept."""
        ...

    async def view(self, account: AccountRef, at: datetime) -> None:
        """Afterwards the account was looked at by somebody then. It is remembered for two days."""
        ...

    async def viewed(self, network: NetworkKey, since: datetime, until: datetime, limit: int) -> tuple[AccountRef, ...]:
        """Accounts whose latest view lies between the two, the latest first."""
        ...

    async def watched(self, network: NetworkKey, before: datetime, limit: int) -> tuple[AccountRef, ...]:
        """Watched accounts that were last read before that, those first that were read least lately."""
        ...
