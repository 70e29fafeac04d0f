"""What was searched for: how far each account was found, and the first view as it was last read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import AccountStatus

SEARCHES_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstView:
    """The first view of an account, as it was answered; and what may be answered with it."""

    text: str  # JSON
    budget: int  # of the request that it answers: it answers any that asks for no more
    depth: int
    pages: int

    def answers(self, *, budget: int, depth: int, pages: int) -> bool:
        """True when a request for so much is answered with it."""
        return budget <= self.budget and depth <= self.depth and pages <= self.pages


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchEntry:
    """One account that was searched for."""

    account: AccountRef
    status: AccountStatus
    created_at: datetime  # when it was first searched for
    updated_at: datetime
    view: FirstView | None = None  # None: to be read anew, for it is not mapped yet, or something was found since
    last_fetched_at: datetime | None = None  # when a view of it was last read
    retry_count: int = 0
    last_error: str | None = None

    def fresh_view(self, now: datetime, within: timedelta) -> FirstView | None:
        """The view, if it was read so lately."""
        is_fresh = self.last_fetched_at is not None and now - self.last_fetched_at < within
        return self.view if is_fresh else None


class SearchCache(Protocol):
    """Searches. An entry lapses 30 days after it was last put. Written by the gateway alone."""

    async def entry_of(self, account: AccountRef) -> SearchEntry | None:
        """The entry of the account; None if nobody searched for it lately."""
        ...

    async def put(self, entry: SearchEntry) -> None:
        """Afterwards it is the entry of its account, unless one that was updated later is. Safe to repeat."""
        ...
