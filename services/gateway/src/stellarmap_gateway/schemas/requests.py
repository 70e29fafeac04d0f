"""Asking for a lineage, and how far a request has come."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from stellarmap_common.domain.status import AccountStatus, Lane, StageState
from stellarmap_gateway.schemas.common import AccountAddress, Asked, Schema, Scoped
from stellarmap_gateway.schemas.lineage import LineageState

MAX_BUDGET = 100_000
MAX_DEPTH = 100
MAX_PAGES = 100_000
MAX_BULK = 1_000
MAX_PASTED = 4_096


class Ask(Asked):
    """What to map. Everything is optional; the defaults are the installation's settings."""

    budget: Annotated[int, Field(ge=0, le=MAX_BUDGET)] | None = Field(
        default=None, description="How many children may be expanded in turn."
    )
    depth: Annotated[int, Field(ge=0, le=MAX_DEPTH)] | None = Field(
        default=None, description="How many generations of children to expand."
    )
    pages: Annotated[int, Field(ge=1, le=MAX_PAGES)] | None = Field(
        default=None, description="Up to which page of its own children to read (200 a page)."
    )
    retry: bool = Field(default=False, description="Run steps again that have failed.")


class Stage(Schema):
    """One of the eight stages of the pipeline."""

    stage: int = Field(ge=1, le=8)
    name: str
    state: StageState
    reason: str | None = Field(description="Why it was skipped.")
    attempt: int
    at: datetime | None
    duration_ms: int | None
    error: str | None
    detail: dict[str, str | int | bool | None] = Field(description="What the stage saw.")


class Stages(Scoped):
    """The stages of one request."""

    address: AccountAddress
    request_id: str | None
    stages: list[Stage] = Field(min_length=8, max_length=8)


class LineageProgress(Schema):
    """How far the walk to genesis is."""

    state: LineageState
    done: bool
    hops: int
    pending_address: AccountAddress | None
    reason: str | None


class ExpansionProgress(Schema):
    """How far the reading of children is, the asked account's and those of the granted ones."""

    done: bool
    children: int = Field(description="Children of the asked account known now.")
    children_complete: bool
    pages_read: int
    pages_asked: int
    granted: int = Field(description="Children granted out of `budget`.")
    finished: int = Field(description="Granted accounts whose children are read.")
    failed: int
    open: int


class WaitsFor(StrEnum):
    """What the next step of a request waits for."""

    TURN = "turn"  # others go first
    RATE_LIMIT = "rate-limit"  # our share of the source's limit is used up, or the source asked to wait
    SOURCE = "source"  # it does not answer, or is still being made


class QueuePlace(Schema):
    """Where the next step of the request stands. What is not known is null and has its reason, never 0."""

    lane: Lane | None = Field(description="Lane of the next step; null when no step is to come.")
    reading: bool = Field(description="A step of the request is being read right now.")
    waits_for: WaitsFor | None = Field(description="Null when nothing is waited for.")
    ahead: int | None = Field(
        description="Steps that go first: those unread in the lanes before, and in its own lane those asked before it. "
        "Counted over all networks, whose steps are read side by side."
    )
    begins_s: float | None = Field(description="Seconds until the next step begins, estimated: usual calls by rate.")
    begins_at: datetime | None = Field(description="The same as a moment.")
    expected_s: float | None = Field(
        description="Seconds until every call is made that is known to be left, estimated in the same way."
    )
    expected_at: datetime | None = Field(description="The same as a moment.")
    rate_per_s: float | None = Field(
        description="Calls a second that the limiter lets out to this source now; null: it has no limit."
    )
    source_away_since: datetime | None = Field(description="When the source was first found not to answer.")
    reason: str | None = Field(description="What it waits for, or why something here is null.")


class RequestStatus(Scoped):
    """A request and how far it has come."""

    request_id: str
    address: AccountAddress
    status: AccountStatus | None
    created_at: datetime
    completed_at: datetime | None
    completed: bool
    cancelled: bool
    retry: bool
    budget: int
    used: int
    depth: int
    pages: int
    lane: Lane
    lane_reason: str | None = Field(description="Why the request is not in the user lane.")
    lineage: LineageProgress
    expansion: ExpansionProgress
    queue: QueuePlace
    stages: list[Stage]


class BulkAsk(Asked):
    """Accounts to map in the second lane. What is left out is as for a single request."""

    addresses: list[Annotated[str, Field(max_length=MAX_PASTED)]] = Field(
        min_length=1, max_length=MAX_BULK, description="Anything that was pasted and names an account, one an entry."
    )
    budget: Annotated[int, Field(ge=0, le=MAX_BUDGET)] | None = Field(
        default=None, description="How many children of each may be expanded in turn."
    )
    depth: Annotated[int, Field(ge=0, le=MAX_DEPTH)] | None = Field(
        default=None, description="How many generations of children to expand."
    )
    pages: Annotated[int, Field(ge=1, le=MAX_PAGES)] | None = Field(
        default=None, description="Up to which page of each one's own children to read (200 a page)."
    )


class BulkQueued(Schema):
    """An account that is asked for."""

    address: AccountAddress
    request_id: str


class BulkInvalid(Schema):
    """An entry that names no account we can ask for."""

    index: int = Field(ge=0, description="Its place among `addresses`.")
    input: str | None = Field(description="The entry; null when it may hold a secret seed: that is never repeated.")
    reason: str


class Bulk(Scoped):
    """What became of each entry: every one is in exactly one of the four lists."""

    lane: Lane
    budget: int
    depth: int
    pages: int
    queued: list[BulkQueued] = Field(description="In the order of the entries.")
    known: list[AccountAddress] = Field(description="Mapped already, as far as is asked.")
    duplicate: list[str] = Field(description="Entries that name an account which an earlier entry names.")
    invalid: list[BulkInvalid]


class PendingAccount(Schema):
    """An account on its way through the pipeline."""

    address: AccountAddress
    status: AccountStatus
    request_id: str | None
    requested_at: datetime | None
    processing_started_at: datetime | None
    last_pipeline_attempt: datetime | None
    age_s: float | None
    stuck: bool = Field(
        description="Nothing has happened to it for over 2 h while PENDING, or 30 min while PROCESSING, and it does not wait "
        "in a queue or for its source."
    )
    retry_count: int
    last_error: str | None


class Pending(Scoped):
    """Accounts pending and processing, newest attempt first."""

    accounts: list[PendingAccount]
    total: int
    truncated: bool
