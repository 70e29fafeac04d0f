"""What was done about stuck accounts."""

from datetime import datetime

from pydantic import Field

from stellarmap_common.domain.status import AccountStatus
from stellarmap_common.lineage.stuck import Done
from stellarmap_gateway.schemas.common import AccountAddress, Asked, Schema, Scoped

MAX_MINUTES = 60 * 24 * 365


class ResetStaleAsk(Asked):
    """Which accounts count as stale."""

    minutes: int | None = Field(
        default=None,
        ge=1,
        le=MAX_MINUTES,
        description="Without progress for longer than this; null = as long as `stuck_processing_minutes` says.",
    )
    dry_run: bool = Field(default=False, description="Only tell what would be done.")


class RecoverStuckAsk(Asked):
    """How to go about it."""

    dry_run: bool = Field(default=False, description="Only tell what would be done.")


class StuckAccount(Schema):
    """An account that was stuck."""

    address: AccountAddress
    status: AccountStatus = Field(description="As it was found.")
    since: datetime | None = Field(description="When something last happened to it.")
    done: Done = Field(
        description="reset: now ERROR, recovery takes it up. requeued: its steps are published again. given up: they were, "
        "three times; it has failed. settled: nobody waits for it any more, or its steps had ended."
    )
    request_ids: list[str] = Field(description="Requests that wait for it.")


class StuckSummary(Scoped):
    """What was found and done; of a dry run, what would have been."""

    dry_run: bool
    unfinished: int = Field(description="Accounts looked at.")
    complete: bool = Field(description="False: there are more than are looked at together. Ask again.")
    accounts: list[StuckAccount]
