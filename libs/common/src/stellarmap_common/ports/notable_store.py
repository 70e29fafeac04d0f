"""Children that are worth naming for who they are; those that have children themselves are told by the creation store."""

from datetime import datetime
from typing import Protocol

from stellarmap_common.domain.lookup import Notable
from stellarmap_common.domain.network import AccountRef, Address


class NotableStore(Protocol):
    """Written by the enricher alone, with the moment of its reading: of two the later stays."""

    async def put(self, creator: AccountRef, notable: Notable, at: datetime) -> None:
        """Afterwards it is among the notable children of the creator, as it was read then. Safe to repeat."""
        ...

    async def remove(self, creator: AccountRef, child: Address, at: datetime) -> None:
        """Afterwards it is not, unless it was put later than `at`."""
        ...

    async def children_of(self, creator: AccountRef, limit: int) -> tuple[Notable, ...]:
        """Notable children, in order of addresses; at most so many."""
        ...
