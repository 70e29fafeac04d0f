"""Standings: the board, its movement, and where one account stands."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from stellarmap_common.domain.standing import ChangeReason, ChangeType
from stellarmap_gateway.schemas.common import AccountAddress, CreatorAddress, Schema, Scoped, Stroops


class Period(StrEnum):
    """What badges compare with: the true standing 24 hours ago, or when the day (UTC) ended that many days ago."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"


class RankedOf(StrEnum):
    """Of what accounts are ranked."""

    NETWORK = "network"
    MAPPED = "mapped"


class Coverage(Schema):
    """Of what accounts are ranked: the page says so beside every rank."""

    of: RankedOf
    ledger: int | None = Field(
        description="The ledger of the scan of all balances; null: only mapped accounts are ranked."
    )
    accounts: int = Field(description="How many accounts have a rank.")
    rebuilding: bool = Field(
        description="True: thresholds, or the size of the board, were changed, and accounts are being ranked by them; until that "
        "is done all is told as it was before."
    )


class StandingRow(Schema):
    """One rank of the board. What a period's start does not tell is null, never 0."""

    rank: int
    address: AccountAddress
    name: str | None = Field(description="As Stellar Expert's directory names it.")
    tags: list[str]
    home_domain: str | None = Field(description="As the account says; untrusted text.")
    balance_stroops: Stroops
    new: bool = Field(description="It did not stand at this threshold when the period began.")
    discovered: bool = Field(description="We only learned of it within the period: nothing is said of its movement.")
    rank_before: int | None = Field(description="Its true rank when the period began; null where that is not told.")
    rank_change: int | None = Field(description="Positions won (positive) or lost since.")
    balance_before_stroops: Stroops | None
    balance_change_pct: float | None
    creator: CreatorAddress | None = Field(description="Who created it; null if not known here.")
    updated_at: datetime = Field(description="When its balance was last told.")


class ThresholdFigures(Schema):
    """How many stand at a threshold, and with how much."""

    threshold_xlm: int
    accounts: int
    total_stroops: Stroops


class StorageCheck(Schema):
    """What it takes to keep every change, beside what snapshots of the board would take."""

    hours: int = Field(description="The last ones that are looked at, 24 at most, with the present one.")
    rows: int = Field(description="All that was written in them and is kept: the three below.")
    change_rows: int = Field(description="One for each change, and one for each threshold at which it is told.")
    closing_rows: int = Field(description="Ranks when a day ended, where they had changed.")
    balance_rows: int = Field(description="Balances from or to the lowest threshold or more.")
    snapshot_rows: int = Field(description="Of a snapshot every hour, of `board_size` ranks at each threshold.")
    standing_snapshot_rows: int = Field(description="The same, of those alone who stand at each threshold now.")
    ratio: float | None = Field(description="`snapshot_rows` for each of `rows`; null while nothing was written.")


class Standings(Scoped):
    """A page of the board."""

    threshold_xlm: int
    default_threshold_xlm: int
    period: Period
    coverage: Coverage
    board_as_of: datetime | None = Field(description="When the board last changed; null while nothing was ranked.")
    figures: list[ThresholdFigures] = Field(description="Of every threshold, lowest first.")
    accounts: int = Field(description="How many stand at this threshold; the board shows the first `board_size`.")
    total_stroops: Stroops
    board_size: int
    storage: StorageCheck | None = Field(description="Null while nothing was ranked.")
    rows: list[StandingRow]
    next_cursor: str | None


class StandingChangeView(Schema):
    """One change of one account's standing. What it was before is told as recorded at `threshold_xlm`."""

    id: str
    address: AccountAddress
    threshold_xlm: int = Field(description="The one that was asked for; else the lowest at which it was told.")
    thresholds_xlm: list[int] = Field(
        description="All at which it was told, lowest first; that one, if one was asked for."
    )
    type: ChangeType
    reason: ChangeReason
    old_rank: int | None = Field(description="As last recorded; null when it entered.")
    new_rank: int | None = Field(description="Null when it exited.")
    rank_change: int | None = Field(description="Positions won (positive) or lost.")
    old_balance_stroops: Stroops | None
    new_balance_stroops: Stroops
    balance_change_pct: float | None
    home_domain: str | None = Field(description="As the account said; untrusted text.")
    ledger: int = Field(description="When it happened.")
    changed_at: datetime = Field(description="When it was recorded.")
    cause: str = Field(description="Id of the event that caused it.")


class StandingChanges(Scoped):
    """Changes, newest first."""

    threshold_xlm: int | None = Field(description="Null: at any.")
    changes: list[StandingChangeView]
    next_cursor: str | None
    truncated: bool = Field(description="True: the scan bound was met before the page was full; go on with the cursor.")
    scanned: int


class TopMovers(Scoped):
    """Who moved most within the period: moved and overtaken alone count."""

    threshold_xlm: int
    period: Period
    coverage: Coverage
    compared: int = Field(description="Of how many it is known where they stood then; of the others no move is known.")
    climbers: list[StandingRow] = Field(description="Most positions won first.")
    fallers: list[StandingRow] = Field(description="Most positions lost first.")
    gainers: list[StandingRow] = Field(description="Largest growth of balance in percent first.")
    losers: list[StandingRow]
    entered: list[StandingRow]
    exited: list[StandingChangeView] = Field(description="Who stood there and does not now, the latest first.")


class DayOfChanges(Schema):
    """How much happened on one day."""

    day: date
    counts: dict[ChangeType, int]
    mean_rank_change: float | None = Field(description="Of those with a rank before and after, without sign.")
    peak_hour: int | None = Field(description="The hour (UTC) with the most changes.")


class Volatility(Scoped):
    """How restless the board is: moved and overtaken alone count."""

    threshold_xlm: int
    days: list[DayOfChanges] = Field(description="Oldest first.")
    entries: int
    exits: int
    peak_hour: int | None
    mean_rank_change: float | None
    truncated: bool = Field(description="True: more changed than is counted at once; what is older is left out.")
    scanned: int


class StandsAt(Schema):
    """An account seen at one threshold."""

    threshold_xlm: int
    stands: bool
    accounts: int = Field(description="How many stand there.")


class AccountRank(Scoped):
    """Where an account stands. Below the board's end the rank is read off the ladder: about."""

    address: AccountAddress
    coverage: Coverage
    rank: int | None = Field(description="Null: below the lowest threshold, or its balance is not known.")
    about: bool = Field(description="True: read off the balances at every hundredth rank, so within a hundred of it.")
    is_hva: bool = Field(description="Its balance reaches the default threshold.")
    balance_stroops: Stroops | None = Field(description="Null: not known yet.")
    balance_ledger: int | None
    thresholds: list[StandsAt]
    row: StandingRow | None = Field(
        description="Its row of the board over 24 hours, at the default threshold if it stands there, else at the lowest; "
        "null outside of the board."
    )


class Trend(StrEnum):
    """Where an account is going."""

    IMPROVING = "improving"
    DECLINING = "declining"
    STABLE = "stable"


class RankOn(Schema):
    """A rank when a day (UTC) ended."""

    day: date
    rank: int | None = Field(description="Null: not on the board then.")


class StandingSummary(Scoped):
    """An account's changes over some days."""

    address: AccountAddress
    threshold_xlm: int
    days: int
    total_changes: int
    counts: dict[ChangeType, int] = Field(description="Changes by type, whatever their reason.")
    best_rank: int | None
    worst_rank: int | None
    current_rank: int | None
    trend: Trend = Field(description="From its first rank of these days to the present one.")
    truncated: bool = Field(description="True: more changed than is counted at once.")
    ranks: list[RankOn] = Field(description="One for each day, oldest first, today's present rank last.")


class RankLine(Schema):
    """The ranks of one account, day by day."""

    address: AccountAddress
    ranks: list[int | None] = Field(description="When each day ended, oldest first, the present rank last.")


class RankLines(Scoped):
    """Rank lines of the accounts asked for, in the same order."""

    days: list[date]
    lines: list[RankLine]
