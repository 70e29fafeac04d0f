"""Standings of high-value accounts: who stands above a threshold, at which rank, and how that changed.

An account *stands* at a threshold while its balance is at least it. Its rank counts every account of its network, 1 is the
largest balance; whatever is above it at one threshold is above it at all, so it has one rank for all that it stands at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID, uuid5

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.written import NOTHING_WRITTEN, Rows, Written

DEFAULT_THRESHOLDS_XLM = (10_000, 50_000, 100_000, 500_000, 750_000, 1_000_000)
DEFAULT_THRESHOLD_XLM = 100_000
MOST_THRESHOLDS = 12  # each is a record of every account that stands there
BOARD_SIZE = 1_000  # ranks on the board, unless configured; inside it accounts that were overtaken are told too
LEAST_BOARD_SIZE, MOST_BOARD_SIZE = 10, 5_000
RANK_STEP = 10  # positions from the last recorded rank that make a change
BALANCE_STEP_PCT = 5  # of the last recorded balance
CREATED_UNKNOWN = 2**63 - 1
"""Ties are broken by earlier creation: an account whose creation nobody knows comes last."""

_NAMESPACE = UUID("0d5f8f5c-5f29-5c1c-8a5f-7c1f7a3f3b11")


class ChangeType(StrEnum):
    """What became of an account's standing at a threshold."""

    ENTERED = "ENTERED"
    EXITED = "EXITED"
    RANK_UP = "RANK_UP"
    RANK_DOWN = "RANK_DOWN"
    BALANCE_INCREASE = "BALANCE_INCREASE"
    BALANCE_DECREASE = "BALANCE_DECREASE"


class ChangeReason(StrEnum):
    """Why. Badges, top movers and whoever is told count the first two alone: the others are news to us, not to the network."""

    MOVED = "moved"  # its own balance changed
    OVERTAKEN = "overtaken"  # another's did
    DISCOVERED = "discovered"  # we only now learned of it, or of one above it
    THRESHOLD_CHANGED = "threshold_changed"  # we rank by other thresholds, or show more ranks


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """By what accounts are ranked: from which balances on they stand somewhere, and how many ranks are the board."""

    thresholds_xlm: tuple[int, ...]  # lowest first
    board_size: int = BOARD_SIZE


@dataclass(frozen=True, slots=True)
class Standing:
    """A rank and the balance it had: as they were last recorded, or as they are."""

    rank: int
    balance_stroops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingStep:
    """A change as it is seen at one threshold: each has its own last record to compare with."""

    threshold_xlm: int
    before: Standing | None  # as last recorded there; None when it entered


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingChange:
    """One account's standing changed, at one or more thresholds, by one cause."""

    account: AccountRef
    type: ChangeType
    reason: ChangeReason
    steps: tuple[StandingStep, ...]  # by threshold, lowest first; never empty
    after: Standing | None  # None when it exited
    balance_stroops: int  # its balance now, also where it exited
    ledger: int  # in which its cause happened
    at: datetime  # when it was recorded: from the cause's own time, so that a replay tells the same
    cause: str  # id of the event that caused it
    home_domain: str | None = None

    @property
    def id(self) -> str:
        """The same for every telling of it: a cause changes one account's standing once in each way."""
        return _change_id(self.cause, self.account, self.type)


@lru_cache(maxsize=4_096)  # it is asked for when the change is stored, and again when it is told
def _change_id(cause: str, account: AccountRef, type_: ChangeType) -> str:
    return str(uuid5(_NAMESPACE, f"{cause}|{account}|{type_}"))


def seen_at(change: StandingChange, threshold_xlm: int) -> StandingChange | None:
    """The change with its step at that threshold alone; None if it has none there."""
    steps = tuple(step for step in change.steps if step.threshold_xlm == threshold_xlm)
    return replace(change, steps=steps) if steps else None


def rank_change(before: Standing | None, after: Standing | None) -> int | None:
    """Positions won (positive) or lost; None where it did not stand before, or does not now."""
    return before.rank - after.rank if before and after else None


def balance_change_pct(before_stroops: int, after_stroops: int) -> float:
    """By how many percent a balance changed; 100 where it was 0."""
    return 100.0 * (after_stroops - before_stroops) / before_stroops if before_stroops else 100.0


def thresholds_stood_at(balance_stroops: int, thresholds_xlm: Sequence[int]) -> tuple[int, ...]:
    """Those of the thresholds that the balance reaches, lowest first. `thresholds_xlm` is ascending."""
    return tuple(each for each in thresholds_xlm if balance_stroops >= each * STROOPS_PER_XLM)


def default_threshold(wanted_xlm: int, thresholds_xlm: Sequence[int]) -> int:
    """The threshold that is meant where none is named: the wanted one, else the nearest below it, else the lowest.

    `thresholds_xlm` is ascending. It may not hold the wanted one: two keys of the configuration change one after the other.
    """
    return max((each for each in thresholds_xlm if each <= wanted_xlm), default=thresholds_xlm[0])


class HeldBalance(NamedTuple):
    """The latest balance that is known of an account, whatever it is: small ones are kept for their version.

    A tuple, as millions of them are made: a dataclass takes four times as long. Give its values by their names.
    """

    account: Address
    balance_stroops: int  # 0 once it is merged
    version: int  # ledger x 10 + precision of the source: a smaller one is older
    created_op: int  # operation that began its present life
    ledger: int
    at: datetime  # when it was recorded
    home_domain: str | None = None

    @property
    def place(self) -> tuple[int, int, Address]:
        """What accounts are ranked by, in ascending order: total, so that every process ranks alike."""
        return -self.balance_stroops, self.created_op, self.account


class Movement(NamedTuple):
    """A balance that was accepted: what was known of the account before, and what is since."""

    before: HeldBalance | None  # None: nothing was known of it
    after: HeldBalance
    cause: str  # id of the event that told it
    discovered: bool = False  # told because we learned of it, not because it moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Where an account of the board stood when a day (UTC) ended. Written when it changed since its last closing."""

    day: date
    account: Address
    standing: Standing | None  # None: it is not on the board any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Of what accounts are ranked: of all of the network as of a ledger, or of those that are mapped (ledger None)."""

    ledger: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """All that one batch of balances leads to, decided once: it is applied and told as it stands, never computed again."""

    network: NetworkKey
    number: int  # 1, 2, 3 … : orders everything that a tracker of this network ever wrote
    epoch: int  # of the owner that wrote it
    at: datetime  # the tracker's time: that of the latest balance, never earlier than that of the row before
    thresholds_xlm: tuple[int, ...]  # by which it ranked, lowest first
    coverage: Coverage
    movements: tuple[Movement, ...] = ()  # in the order of the records; one account may come more than once
    changes: tuple[StandingChange, ...] = ()  # in the order they were decided
    closings: tuple[Closing, ...] = ()
    written: Written = NOTHING_WRITTEN  # by the book in its last hours, with this row
    board_size: int = BOARD_SIZE  # by which it ranked, too

    @property
    def rows(self) -> Rows:
        """What a store has more of when it is applied."""
        return Rows(
            changes=sum(1 + len(change.steps) for change in self.changes),
            closings=len(self.closings),
            balances=len(self.movements),
        )

    @property
    def yardstick(self) -> Yardstick:
        """By what it ranked."""
        return Yardstick(thresholds_xlm=self.thresholds_xlm, board_size=self.board_size)
