"""Who of an account's children may be named: for what they created, and for who they are. Found once for all who ask meanwhile.

Children that are known are ranked off the event loop: a hub may have tens of thousands of them.
"""

import asyncio
import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.lookup import Notable
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.stores import Stores
from stellarmap_gateway.shared_reads import Bounds, SharedReads

COUNTED = 100  # children with children: each costs a read of its creation
LOOKED_AT = 50_000  # others, the first by their addresses
MOST_NAMED = 30
BOUNDS = Bounds(at_once=4, patience_s=10.0, most_kept=256)  # creators; of each about 100 KB, at most
Maker = tuple[Creation, int]
"""A child that has children, and how many."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Those who may be named, and how many are notable."""

    makers: tuple[Maker, ...]  # those that created most first
    known: tuple[Address, ...]  # those that are known best first
    faces: Mapping[Address, Notable]  # of all these
    total: int
    truncated: bool  # there are more than were looked at, and perhaps larger ones


def notable_reads(stores: Stores, clock: Clock) -> SharedReads[AccountRef, Candidates]:
    """Candidates as they were found last."""

    async def read(account: AccountRef) -> Candidates:
        makers, faces = await asyncio.gather(
            stores.creations.children_with_children(account, COUNTED), stores.notables.children_of(account, LOOKED_AT)
        )
        return await asyncio.to_thread(candidates_of, tuple(makers), faces)

    return SharedReads(read, clock, BOUNDS, lambda _: 1)


def candidates_of(makers: Sequence[Maker], faces: Sequence[Notable]) -> Candidates:
    """Those who may be named of what was read."""
    best = best_known(faces, MOST_NAMED)
    made = {child.account for child, _ in makers}
    kept = made.union(best)
    return Candidates(
        makers=tuple(makers),
        known=tuple(best),
        faces={face.child: face for face in faces if face.child in kept},
        total=len(made) + sum(face.child not in made for face in faces),
        truncated=len(makers) == COUNTED or len(faces) == LOOKED_AT,
    )


def best_known(faces: Sequence[Notable], most: int) -> list[Address]:
    """The largest balances first, then who has a tag, then who has a domain; so many at most."""
    return [face.child for face in heapq.nsmallest(most, faces, key=_rank)]


def _rank(face: Notable) -> tuple[int, bool, bool, str]:
    return -(face.balance_stroops or 0), not face.tags, not face.home_domain, face.child
