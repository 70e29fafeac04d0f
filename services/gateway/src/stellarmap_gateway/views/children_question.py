"""Which children are asked for, and in which order."""

from dataclasses import dataclass
from enum import StrEnum

from stellarmap_common.domain.network import AccountRef
from stellarmap_gateway.cursors import question_of
from stellarmap_gateway.views.child_filter import EVERY_CHILD, ChildFilter
from stellarmap_gateway.views.known_filter import EVERY_KNOWN, KnownFilter


class Sorting(StrEnum):
    """The order of children."""

    CREATED = "created"  # first those that were created first
    BALANCE = "balance"  # first those that have most
    CHILDREN = "children"  # first those that created most


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildrenQuestion:
    """Which children are asked for."""

    limit: int
    cursor: str | None = None
    sort: Sorting = Sorting.CREATED
    chosen: ChildFilter = EVERY_CHILD
    known: KnownFilter = EVERY_KNOWN

    def asked_of(self, account: AccountRef) -> str:
        """What stands in cursors: a page goes on only with the question it began with."""
        return question_of(str(account), self.sort, self.chosen.since, self.chosen.until, self.chosen.part, self.known)

    @property
    def of_all(self) -> bool:
        """True where nothing has to be known of a child to list it."""
        return self.sort is Sorting.CREATED and self.known == EVERY_KNOWN
