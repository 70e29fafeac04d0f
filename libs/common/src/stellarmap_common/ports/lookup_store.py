"""Accounts by what people type: the start of an address, a domain, a tag."""

from datetime import datetime
from typing import Protocol

from stellarmap_common.domain.lookup import Term, TermKind, Terms
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey

SHORTEST_PREFIX = 3  # letters of an address that are looked for
SHORTEST_START = 2  # letters of a term


class LookupStore(Protocol):
    """Written by the enricher alone. What is found may be of yesterday: who shows it reads the profile, which says what holds."""

    async def put(self, account: AccountRef, terms: Terms, at: datetime) -> None:
        """Afterwards the account is found by its address and by each of the terms. Safe to repeat."""
        ...

    async def remove(self, account: AccountRef, terms: Terms, at: datetime) -> None:
        """Afterwards it is not found by these terms, unless they were put later than `at`."""
        ...

    async def by_prefix(
        self, network: NetworkKey, prefix: str, after: Address | None, limit: int
    ) -> tuple[Address, ...]:
        """Accounts whose address begins with these three letters or more, in order of addresses."""
        ...

    async def by_term(self, network: NetworkKey, term: Term, after: Address | None, limit: int) -> tuple[Address, ...]:
        """Accounts that are found by the term, in order of addresses."""
        ...

    async def terms(
        self, network: NetworkKey, kind: TermKind, start: str, after: str | None, limit: int
    ) -> tuple[str, ...]:
        """Terms that begin with these two letters or more and that accounts are found by, or were, in order."""
        ...
