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
    generation: str  # of the entry, before the first read of it began: the view holds while the entry is of the same
    read_at: datetime  # when that was
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
    generation: str = ""  # another with each put, for which something was asked or found
    first_view: FirstView | None = None  # the latest that was put, of whatever generation; None: there is none yet
    retry_count: int = 0
    last_error: str | None = None

    def fresh_view(self, now: datetime, within: timedelta) -> FirstView | None:
        """The view, if it was read so lately, and nothing was asked or found since it began to be read."""
        view = self.first_view
        holds = view is not None and view.generation == self.generation and now - view.read_at < within
        return view if holds else None


class SearchCache(Protocol):
    """Searches. An entry lapses 30 days after it was last put. Written by the gateway alone."""

    async def entry_of(self, account: AccountRef) -> SearchEntry | None:
        """The entry of the account; None if nobody searched for it lately."""
        ...

    async def put(self, entry: SearchEntry) -> None:
        """Afterwards it is the entry of its account, beside the view that was put before, unless one that was updated later is.

        Safe to repeat.
        """
        ...

    async def put_view(self, account: AccountRef, view: FirstView) -> None:
        """Afterwards it is the view in the entry of its account, of whatever generation that is. Safe to repeat."""
        ...
