"""The books of what queries cost: bytes are reserved before a query runs, and settled after it. Conditional writes only.

What is reserved and not settled counts as spent, so that whatever dies on the way, no budget is ever passed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import NamedTuple, Protocol

from stellarmap_common.domain.network import Address, NetworkKey


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryJob:
    """A query that may run, runs, or ran. It counts in the month (UTC) in which its bytes were reserved, and in the day."""

    job_id: str
    query: str  # the name of its text
    network: NetworkKey
    reserved_at: datetime
    reserved: int  # bytes
    accounts: tuple[Address, ...] = ()  # whom it is for; none: the network
    confirmed: bool = (
        False  # by a person who saw what it costs: it takes nothing of the day's budget, and counts in no day
    )
    billed: int | None = None  # bytes; None: it may still run
    cached: bool = False  # answered from the query cache, for nothing
    settled_at: datetime | None = None

    @property
    def counted(self) -> int:
        """Bytes that it takes of the budgets."""
        return self.reserved if self.billed is None else self.billed

    def over(self, spent: "Spent", *, daily: int, monthly: int) -> "Over | None":
        """The budget that has no room left for its reservation, the day's first; None if each has."""
        if not self.confirmed and spent.day + self.reserved > daily:
            return Over.DAY
        return Over.MONTH if spent.month + self.reserved > monthly else None


class Over(Enum):
    """A budget that is, or would be, passed."""

    DAY = auto()
    MONTH = auto()


class Spent(NamedTuple):
    """Bytes settled and reserved, of a month and of a day of it; what was confirmed counts in the month alone."""

    day: int
    month: int


def day_of(at: datetime) -> str:
    """The day that a reservation counts in: `2026-11-29`."""
    return f"{at.astimezone(UTC):%Y-%m-%d}"


def month_of(at: datetime) -> str:
    """The month that a reservation counts in: `2026-11`."""
    return f"{at.astimezone(UTC):%Y-%m}"


def month_before(at: datetime) -> str:
    """The month before that of `at`."""
    return month_of(at.astimezone(UTC).replace(day=1) - timedelta(days=1))


class BookStore(Protocol):
    """The journal of queries, and the sums of its days and months."""

    async def reserve(self, job: QueryJob, *, daily: int, monthly: int) -> Spent | None:
        """Afterwards the job is in the journal, open: None. Where that would pass a budget, nothing is: what is spent already.

        Safe to repeat: a job is reserved once. Raises: StoreUnavailable (whether it is reserved is unknown; repeat it).
        """
        ...

    async def settle(self, job: QueryJob, billed: int, at: datetime, *, cached: bool = False) -> QueryJob | None:
        """Afterwards the reserved job has cost that, be it less or more than was reserved; the job as it is now.

        The first settlement stays. None if the job was never reserved.
        """
        ...

    async def open_jobs(self, at: datetime) -> tuple[QueryJob, ...]:
        """Those of the month of `at` and of the one before that are not settled, oldest first."""
        ...

    async def jobs(self, at: datetime, limit: int) -> tuple[QueryJob, ...]:
        """The settled ones of the month of `at`, newest first, by their reservation."""
        ...

    async def spent(self, at: datetime) -> Spent:
        """What is spent of the day and the month of `at`."""
        ...
