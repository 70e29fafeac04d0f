"""Where creations, ends and ledger times are kept. Facts only: depth, ancestors, incarnations are computed by readers."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stellarmap_common.domain.creation import AccountEnd, Creation, Incarnation, UnplacedCreation
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.toid import Ledger


@dataclass(frozen=True, slots=True, order=True)
class ChildKey:
    """Place of a child in its creator's list: operation order, then address."""

    created_op: int
    child: Address


@dataclass(frozen=True, slots=True)
class ChildRange:
    """Which children to read: `after` < key, created_op <= `up_to`, and created_op >= `since`."""

    after: ChildKey | None = None
    since: int | None = None
    up_to: int | None = None


@dataclass(frozen=True, slots=True)
class LedgerAnchor:
    """One known pair of ledger and close time."""

    ledger: Ledger
    closed_at: datetime


class CreationStore(Protocol):
    """Creations and ends of every network."""

    async def record(
        self,
        creations: Sequence[Creation] = (),
        ends: Sequence[AccountEnd] = (),
        unplaced: Sequence[UnplacedCreation] = (),
    ) -> None:
        """Afterwards all are readable, under their account and under their creator.

        Safe to repeat, in any order. An exact creation replaces the provisional one of the same account, creator and
        ledger, and a provisional one is never kept beside it; of two readings of one fact the larger version stays.
        The same holds for ends: same account, same heir, same ledger. An unplaced creation is dropped as soon as a placed
        one of that account by that creator is known. A page is stored in one write; of thousands, some may be stored
        before others, and a store without any creation is filled at once. A power cut may undo it until a write to the
        runs or requests has followed: who records a page then moves the run's cursor.

        Raises: StoreUnavailable (nothing is certain; call again).
        """
        ...

    async def creations_of(self, *accounts: AccountRef) -> tuple[Creation, ...]:
        """Every known life of the account, or of several of one network, in operation order."""
        ...

    async def ends_of(self, *accounts: AccountRef) -> tuple[AccountEnd, ...]:
        """Every known merge of the account, or of several of one network, in operation order."""
        ...

    async def unplaced_of(self, account: AccountRef) -> tuple[UnplacedCreation, ...]:
        """Creations of the account without any ledger yet."""
        ...

    async def children_of(self, creator: AccountRef, within: ChildRange, limit: int) -> tuple[Creation, ...]:
        """At most `limit` creations made by `creator`, in operation order. A child made twice appears twice."""
        ...

    async def lives_of_children(self, creator: AccountRef, children: Sequence[Creation]) -> tuple[Incarnation, ...]:
        """The lives that these creations by `creator` began, in their order, each with the merge that ended it, if known."""
        ...

    async def count_children(self, creator: AccountRef, within: ChildRange) -> int:
        """How many creations `children_of` would give without a limit."""
        ...

    async def children_with_children(self, creator: AccountRef, limit: int) -> tuple[tuple[Creation, int], ...]:
        """Children known to have children, each with how many creations it made: most first, then in operation order.

        A child made twice stands here once, with its latest creation by `creator`.
        """
        ...

    def scan(self, network: NetworkKey) -> AsyncIterator[tuple[Sequence[Creation], Sequence[AccountEnd]]]:
        """Every fact of the network in bounded chunks, creations before ends, each in operation order; for digests, exports.

        What is recorded meanwhile may be missing.
        """
        ...


class LedgerStore(Protocol):
    """Ledger to time, from every ledger ever seen."""

    async def record_anchors(self, network: NetworkKey, anchors: Sequence[LedgerAnchor]) -> None:
        """Afterwards the pairs are readable; known ones are kept as they are."""
        ...

    async def anchors_around(
        self, network: NetworkKey, ledger: Ledger
    ) -> tuple[LedgerAnchor | None, LedgerAnchor | None]:
        """The nearest known pairs at or before, and at or after, `ledger`."""
        ...
