"""What is told of balances and standings, and of who an account is."""

from datetime import datetime
from typing import ClassVar

from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.standing import CREATED_UNKNOWN, ChangeReason, ChangeType, Standing, StandingStep
from stellarmap_common.events.base import AccountEvent, Event


class BalanceUpdated(Event, frozen=True, kw_only=True):
    """The latest known balance of an account. All of a network are in one order: one tracker ranks them."""

    type: ClassVar[str] = "stellarmap.balance.updated.v1"

    network: NetworkKey
    account: Address
    balance_stroops: int  # 0 once it is merged
    version: int  # ledger x 10 + precision of the source (3 BigQuery, 6 Horizon): a smaller one is older
    ledger: int  # in which the balance became this
    at: datetime  # when it was seen
    created_op: int = CREATED_UNKNOWN  # operation that began its present life
    home_domain: str | None = None
    discovered: bool = False  # told because we learned of the account, not because it moved
    covers_ledger: int | None = None  # every account of `covers_xlm` or more as of that ledger has been told by now
    covers_xlm: int = 0  # 0 = nothing is covered; above the lowest threshold, which was lowered since, not all

    @property
    def key(self) -> str:
        return self.network

    @property
    def subject(self) -> str:
        return f"{self.network}:{self.account}"


class StandingChanged(AccountEvent, frozen=True, kw_only=True):
    """An account's standing changed, at one or more thresholds."""

    type: ClassVar[str] = "stellarmap.standing.changed.v1"

    change: ChangeType
    reason: ChangeReason
    steps: tuple[StandingStep, ...]
    after: Standing | None = None
    balance_stroops: int
    ledger: int
    at: datetime
    cause: str
    home_domain: str | None = None

    @property
    def causation_id(self) -> str:
        return self.cause


class RecalculationRequested(Event, frozen=True, kw_only=True):
    """Somebody wants what was never told of these accounts' standings to be told: of a network one at a time, by its tracker."""

    type: ClassVar[str] = "stellarmap.standings.recalculation.requested.v1"

    network: NetworkKey
    accounts: tuple[Address, ...]  # at most 500
    thresholds_xlm: tuple[int, ...]
    anew: bool = False  # what is recorded of them is ended, and recorded as they stand now

    @property
    def key(self) -> str:
        return self.network
