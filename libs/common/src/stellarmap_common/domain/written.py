"""How many rows a book of standings took, hour by hour: what it costs to tell every change, beside snapshots of the board."""

from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from operator import add, sub
from typing import NamedTuple

HOURS = 24
_HOUR_S = 3_600


class Rows(NamedTuple):
    """Rows that a store keeps."""

    changes: int = 0  # one for each change, and one for each threshold at which it is told
    closings: int = 0
    balances: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self)

    def beyond(self, others: "Rows") -> "Rows":
        """How many more they are."""
        return Rows(*map(sub, self, others))


NO_ROWS = Rows()


@dataclass(frozen=True, slots=True)
class Written:
    """The rows of the last hours, 24 at most, the one that is not over included."""

    hour: int = 0  # the latest, counted from 1970
    hours: tuple[Rows, ...] = ()  # oldest first; the last is that one

    def until(self, at: datetime, rows: Rows = NO_ROWS) -> "Written":
        """The same, seen in the hour of `at`, in which these rows were written too. Time never goes back here."""
        hour = int(at.timestamp()) // _HOUR_S
        passed = min(hour - self.hour, HOURS) if self.hours else 1
        hours = (*self.hours, *repeat(Rows(), passed))[-HOURS:]
        latest = Rows(*map(add, hours[-1], rows))
        return Written(hour, (*hours[:-1], latest))

    @property
    def rows(self) -> Rows:
        """Of all these hours together."""
        return Rows(*map(sum, zip(*self.hours, strict=True))) if self.hours else Rows()


NOTHING_WRITTEN = Written()
