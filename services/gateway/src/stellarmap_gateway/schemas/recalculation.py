"""Recalculating standings: what was never told of accounts that stand is told."""

from pydantic import Field

from stellarmap_common.domain.standing import MOST_THRESHOLDS
from stellarmap_gateway.schemas.common import AccountAddress, Asked, Schema, Scoped

MAX_CURSOR = 512


class RecalculateAsk(Asked):
    """Which standings are looked at, a page of balances at a time."""

    thresholds: list[int] = Field(
        default_factory=list,
        max_length=MOST_THRESHOLDS,
        description="In XLM, of those that accounts are ranked by; empty = all.",
    )
    dry_run: bool = Field(default=False, description="Only tell what would be recorded.")
    clear_existing: bool = Field(
        default=False,
        description="Of every account that stands: what is recorded ends (EXITED), and is recorded as it stands now (ENTERED). "
        "What was told stays readable.",
    )
    cursor: str | None = Field(default=None, max_length=MAX_CURSOR, description="`next_cursor` of the page before.")


class Untold(Schema):
    """An account that stands where nothing was ever told of it; or whose record is cleared."""

    address: AccountAddress
    thresholds_xlm: list[int] = Field(description="At which, lowest first.")


class Recalculation(Scoped):
    """A page: who was looked at, and of whom the tracker was asked to tell."""

    dry_run: bool
    standing: int = Field(description="Accounts of this page that stand at one of the thresholds.")
    ranked: int = Field(
        description="Accounts that stand anywhere, of all pages: about so many will have been looked at."
    )
    accounts: list[Untold]
    cause: str | None = Field(
        description="`cause` of the changes that are told of the last of these accounts, and after those of all others; null: "
        "nothing was asked for."
    )
    next_cursor: str | None
