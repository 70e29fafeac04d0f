"""What is known of an account's children: who they are, and what they created. Read once for all who ask meanwhile.

Their page is chosen and sorted here, in memory: a store sorts children by when they were created, and by nothing else.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stellarmap_common.domain.lookup import Notable, face_of
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.stores import Stores
from stellarmap_gateway.notables import LOOKED_AT, Maker
from stellarmap_gateway.shared_reads import Bounds, SharedReads

COUNTED = 1_000  # children with children
BOUNDS = Bounds(at_once=2, patience_s=10.0, most_kept=100_000)  # children: about 40 MB


@dataclass(frozen=True, slots=True)
class KnownChildren:
    """Children that stand out, each with all that is known of it."""

    faces: Mapping[Address, Notable]  # of those that somebody has looked at
    made: Mapping[Address, Maker]  # of those that have children themselves
    truncated: bool  # there are more than were looked at

    def all(self) -> Iterator[Notable]:
        """Each of them once, in no order; of those that nobody has looked at, who they are."""
        yield from self.faces.values()
        yield from (Notable(child=child) for child in self.made if child not in self.faces)

    def children_of(self, child: Address) -> int | None:
        """How many children of its own are known; None where they were not counted."""
        if child in self.made:
            return self.made[child][1]
        return None if len(self.made) == COUNTED else 0


def known_children_reads(stores: Stores, clock: Clock) -> SharedReads[AccountRef, KnownChildren]:
    """Known children as they were read last."""

    async def read(account: AccountRef) -> KnownChildren:
        makers, faces = await asyncio.gather(
            stores.creations.children_with_children(account, COUNTED), stores.notables.children_of(account, LOOKED_AT)
        )
        named = await asyncio.to_thread(lambda: {face.child: face for face in faces})
        unnamed = [child.account for child, _ in makers if child.account not in named]
        profiles = await stores.profiles.profiles_of(account.network, unnamed)
        return KnownChildren(
            faces={**named, **{child: face_of(profile) for child, profile in profiles.items()}},
            made={child.account: (child, made) for child, made in makers},
            truncated=len(makers) == COUNTED or len(faces) == LOOKED_AT,
        )

    return SharedReads(read, clock, BOUNDS, lambda known: len(known.faces) + len(known.made) + 1)
