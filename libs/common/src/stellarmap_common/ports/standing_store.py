"""Standings: the tracker's own book, written by one process, and what everybody reads of it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, Protocol

from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.standing import (
    BOARD_SIZE,
    ChangeType,
    Closing,
    Coverage,
    HeldBalance,
    JournalRow,
    Movement,
    Standing,
    StandingChange,
    Yardstick,
)
from stellarmap_common.domain.written import NOTHING_WRITTEN, Written

MOVEMENTS_KEPT_DAYS = 31
CLOSING_HOLDS_DAYS = 31  # no further back is a closing looked for
CLOSINGS_KEPT_DAYS = 2 * CLOSING_HOLDS_DAYS  # so that they are found for each of the last 31 days


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    """A tracker owns a network's book now: whoever owned it before can write nothing more."""

    epoch: int  # 1, 2, … : one more than that of the owner before
    last: JournalRow | None  # the newest row of the journal
    applied: bool = True  # False: `last` may not be applied and told yet


class Recorded(NamedTuple):
    """The last recorded standing of an account at one threshold."""

    account: Address
    threshold_xlm: int
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One rank of the board."""

    rank: int
    account: Address
    balance_stroops: int
    day_before: Standing | None  # where it truly stood 24 h before; None: below the lowest threshold, or not known
    known_day_before: bool  # False: we only learned of it since, so it is not new to the network
    created_op: int
    home_domain: str | None
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdFigures:
    """How many stand at a threshold, and with how much."""

    threshold_xlm: int
    accounts: int
    total_stroops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The first ranks of a network, for all thresholds: who stands at one is a stretch from the top."""

    network: NetworkKey
    number: int  # of the journal row it shows
    as_of: datetime
    coverage: Coverage
    ranked: int  # accounts in the index
    figures: tuple[ThresholdFigures, ...]  # lowest threshold first
    rows: tuple[BoardRow, ...]  # by rank
    ladder: tuple[int, ...]  # the balances in stroops at ranks 100, 200, 300 …
    written: Written = NOTHING_WRITTEN  # by the book in the hours up to `as_of`
    board_size: int = BOARD_SIZE  # rows it has at most

    @property
    def yardstick(self) -> Yardstick:
        """By what it is ranked."""
        return Yardstick(thresholds_xlm=tuple(each.threshold_xlm for each in self.figures), board_size=self.board_size)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeQuery:
    """Which changes are wanted, newest first."""

    threshold_xlm: int | None = None  # None: at any
    types: frozenset[ChangeType] = frozenset()  # empty: all
    since: datetime | None = None
    before: tuple[datetime, str] | None = None  # (at, id) of the last one that was given
    limit: int = 100


class TrackerStore(Protocol):
    """The book of one network is written by its owner alone; every write of an earlier owner changes nothing."""

    async def take_over(self, network: NetworkKey) -> TakeOver:
        """Afterwards rows of earlier epochs are refused. Raises: StoreUnavailable (take it over again)."""
        ...

    async def append(self, row: JournalRow) -> bool:
        """Afterwards the row is durable. False: the epoch is over, or `row.number` is not the next; nothing was written.

        The row before it is applied and marked by then: `take_over` gives the newest back, and no other. Safe to repeat with
        the very same row. Raises: StoreUnavailable (whether it stands is unknown: append it again).
        """
        ...

    async def apply(self, row: JournalRow) -> None:
        """Afterwards balances, movements, changes, recorded standings and closings are readable as the row says.

        Safe to repeat, also after later rows: what is newer stays.
        """
        ...

    async def mark_applied(self, row: JournalRow) -> None:
        """Afterwards `take_over` says that the row was applied and told."""
        ...

    def balances(self, network: NetworkKey) -> AsyncIterator[Sequence[HeldBalance]]:
        """Every balance that is known, in portions, in no order."""
        ...

    def recorded(self, network: NetworkKey) -> AsyncIterator[Sequence[Recorded]]:
        """Every recorded standing: what was after the last change at each threshold, in portions, in no order."""
        ...

    def movements(self, network: NetworkKey, since: datetime) -> AsyncIterator[Sequence[Movement]]:
        """Movements of the rows of `since` or later, oldest first (by row and place in it), in portions.

        Of small balances, too: which of them count is known when they are read. They lapse after 31 days.
        """
        ...

    async def publish(self, board: Board) -> None:
        """Afterwards the board is read, unless one of a later number, or of the same number and later time, is."""
        ...


class StandingStore(Protocol):
    """What is read of the books."""

    async def board_of(self, network: NetworkKey) -> Board | None:
        """The latest board, of one moment; None while none was published."""
        ...

    async def balances_of(self, network: NetworkKey, accounts: Sequence[Address]) -> dict[Address, HeldBalance]:
        """The latest balances of those of the accounts of which one is known."""
        ...

    async def balances_after(self, network: NetworkKey, place: str, limit: int) -> tuple[tuple[HeldBalance, ...], str]:
        """A page of all latest balances, in an order of the store's own, and the place at which the next page begins.

        The first begins at "", and behind the last is "". Raises: ValueError, for what is no such place.
        """
        ...

    async def changes_of(self, account: AccountRef, query: ChangeQuery) -> tuple[StandingChange, ...]:
        """The account's changes, newest first. With a threshold, each with that step alone."""
        ...

    async def changes(self, network: NetworkKey, query: ChangeQuery) -> tuple[StandingChange, ...]:
        """The network's changes at the query's threshold (it must name one), each with that step alone, newest first."""
        ...

    async def closings_of(self, account: AccountRef, since: date) -> tuple[Closing, ...]:
        """The account's closings, oldest first; the last one before `since`, too, for it still holds then.

        They lapse after 62 days: whoever stands unchanged for long is closed again before that, or not known any more.
        """
        ...

    async def closings_on(self, network: NetworkKey, day: date, accounts: Sequence[Address]) -> dict[Address, Closing]:
        """For each of the accounts its last closing of that day or before, at most 31 days back."""
        ...
