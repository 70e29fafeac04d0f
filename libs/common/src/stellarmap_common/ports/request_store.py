"""Requests: what was asked, what was granted, what is still open. One partition each, conditional writes only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.status import Lane, Route, Step


@dataclass(frozen=True, slots=True)
class RequestRef:
    """A request of one network."""

    network: NetworkKey
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked, and how far it has come. A request is never reopened: expand, retry and refresh are new ones."""

    ref: RequestRef
    account: Address
    budget: int  # children that may be granted
    depth: int  # generations of children to expand
    pages: int  # pages of the asked account's children to read
    lane: Lane = Lane.USER
    route: Route = Route.API
    retry: bool = False
    client: str = ""  # who asked, for limits; empty for internal services
    created_at: datetime
    used: int = 0
    cancelled: bool = False
    completed: bool = False  # `request.completed` is published
    completed_at: datetime | None = None

    @property
    def asked(self) -> AccountRef:
        """The account the request is about."""
        return AccountRef(self.ref.network, self.account)


class RowState(StrEnum):
    """Whether the children of an asked or granted account are read."""

    OPEN = "open"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """The asked account, or one granted to the request. The asked account has no parent and is born announced."""

    account: Address
    parent: Address | None
    depth_left: int
    operation_id: int = 0
    announced: bool = False
    state: RowState = RowState.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One account within one request, as of one serial read: all that is needed to settle it."""

    request: Request
    row: RequestRow | None  # None: neither asked for nor granted
    granted_to: int  # operation id of the latest child granted under the account; 0 if there is none
    unannounced: tuple[RequestRow, ...]  # the first 100 of its granted children that do not count as published
    open_rows: bool  # some row of the request is open


class GrantStore(Protocol):
    """The rows of requests: which accounts are granted, announced, done."""

    async def standing(self, ref: RequestRef, account: Address) -> Standing | None:
        """How the account stands within the request, read serially; None if there is no such request.

        Does not depend on how many rows the request has.
        """
        ...

    async def grant(self, ref: RequestRef, parent: Address, children: Sequence[RequestRow]) -> int:
        """Grants `children` in order while budget lasts: rows and `used` change together, or not at all.

        Grants nothing unless the parent's row is open and the request neither cancelled nor completed. Accounts that
        have a row already are passed over and cost nothing. At most 100 at a time. Returns how many rows were new.
        """
        ...

    async def mark_announced(self, ref: RequestRef, accounts: Sequence[Address]) -> None:
        """Afterwards these rows count as published."""
        ...

    async def close_row(self, ref: RequestRef, account: Address, state: RowState) -> None:
        """Closes an open row; a closed one stays as it is."""
        ...


class RequestStore(GrantStore, Protocol):
    """Requests, and their rows."""

    async def open(self, request: Request) -> bool:
        """Stores the request with the row of the asked account, in one write. False, and nothing written, if it exists."""
        ...

    async def request(self, ref: RequestRef) -> Request | None:
        """The request, read serially."""
        ...

    async def rows(self, ref: RequestRef) -> tuple[RequestRow, ...]:
        """All its rows, read serially, in (operation id, account) order."""
        ...

    async def finish(self, ref: RequestRef, *, cancelled: bool = False, completed_at: datetime | None = None) -> None:
        """Sets the marks that are given; marks are never taken back."""
        ...

    async def open_requests(  # noqa: PLR0913 - what requests are looked for by
        self,
        network: NetworkKey,
        *,
        client: str | None = None,
        account: Address | None = None,
        lane: Lane | None = None,
        oldest_first: bool = False,
        limit: int = 100,
    ) -> tuple[Request, ...]:
        """Requests not completed, newest first if not told otherwise: of a client, about an account, in a lane, or all."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A step that was begun, noted before its event was published: what recovery goes by."""

    network: NetworkKey
    account: Address
    step: Step
    request_id: str
    at: datetime
    recoveries: int = 0  # how often recovery has published it again


class AttemptStore(Protocol):
    """Begun steps by ten-minute slot. Rows a day older than the newest lapse by themselves, unless their request is open."""

    async def note(self, attempts: Sequence[Attempt]) -> None:
        """Afterwards each is readable in the slot of its `at`.

        The same step again in that slot replaces its row; its `recoveries` never fall.
        """
        ...

    async def begun_between(self, network: NetworkKey, start: datetime, end: datetime) -> tuple[Attempt, ...]:
        """All attempts with start <= at < end, oldest first."""
        ...
