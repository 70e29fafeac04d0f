"""Who may do what only one process at a time may do. Conditional writes only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Somebody holds it, until then."""

    name: str
    holder: str
    term: int  # 1, 2, …: grows with each change of the holder, so that what an earlier one left can be told
    until: datetime


class LeaseStore(Protocol):
    """Leases by name."""

    async def take(self, name: str, holder: str, now: datetime, for_s: float) -> Lease | None:
        """The lease, held from `now` on for so long; None while another holds it. Its holder takes it anew to keep it.

        Of several at once one gets it. Clocks of holders may differ by much less than `for_s`. Safe to repeat.
        Raises: StoreUnavailable (whether it is held is unknown: take it again).
        """
        ...

    async def standing(self, name: str) -> Lease | None:
        """The lease as somebody holds it, or held it until it lapsed; None once it was released, or was never taken."""
        ...

    async def release(self, name: str, holder: str) -> None:
        """Afterwards the holder holds it no more, and the next may take it at once. Nothing if another holds it.

        Raises: StoreUnavailable (it lapses by itself).
        """
        ...
