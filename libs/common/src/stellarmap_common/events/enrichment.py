"""Who an account is: that it should be looked at, and that it was."""

from datetime import datetime
from typing import ClassVar

from stellarmap_common.domain.profile import EnrichmentReason, Flag
from stellarmap_common.events.base import AccountEvent


class EnrichmentRequested(AccountEvent, frozen=True, kw_only=True):
    """Somebody wants to know who an account is, as it is now."""

    type: ClassVar[str] = "stellarmap.enrichment.requested.v1"

    reason: EnrichmentReason = EnrichmentReason.REFRESH
    request_id: str = ""  # whose calls it counts for

    @property
    def correlation_id(self) -> str:
        return self.request_id or self.id


class AccountEnriched(AccountEvent, frozen=True, kw_only=True):
    """What is known of an account has changed. A summary: trust lines, signers and issued assets are read from the store."""

    type: ClassVar[str] = "stellarmap.account.enriched.v1"

    version: int  # of its entry: ledger x 10 + precision of the source; a smaller one is older
    exists: bool = True  # False: it was merged
    balance_stroops: int = 0
    home_domain: str | None = None  # a stranger's text
    flags: tuple[Flag, ...] = ()
    name: str | None = None  # in the directory
    tags: tuple[str, ...] = ()
    assets: int = 0  # trust lines
    issued: int = 0  # assets of its own, at least
    at: datetime  # of the latest part that was read
