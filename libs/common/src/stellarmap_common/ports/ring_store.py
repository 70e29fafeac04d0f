"""The children of an account as dots, however many they are."""

from typing import Protocol

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.rings import Rings


class RingStore(Protocol):
    """Derived from creations: what is kept of it is never other than what they say."""

    async def rings_of(self, creator: AccountRef) -> Rings:
        """Every creation that `children_of` gives, in its order.

        The first time it reads all of them: 3 s for a million in SQLite, longer in Cassandra. What it has read it keeps, also
        when it is cut short, until a creation among them is recorded anew. Raises: StoreUnavailable (call again).
        """
        ...
