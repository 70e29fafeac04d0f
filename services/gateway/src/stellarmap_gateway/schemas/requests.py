"""Asking for a lineage, and how far a request has come."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from stellarmap_common.domain.status import AccountStatus, Lane, StageState
from stellarmap_gateway.schemas.common import AccountAddress, Asked, Schema, Scoped
from stellarmap_gateway.schemas.lineage import LineageState

MAX_BUDGET = 100_000
MAX_DEPTH = 100
MAX_PAGES = 100_000


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


class QueuePlace(Schema):
    """Where the next step of the request stands, as far as that is known."""

    ahead: int | None = Field(
        description="Open requests of this network that go first: of a higher lane, or of the same lane and asked earlier."
    )
    expected_s: float | None = Field(description="Seconds until it is done, estimated from source calls and rate.")
    reason: str | None = Field(description="Why nothing can be said, or what it waits for.")


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


class PendingAccount(Schema):
    """An account on its way through the pipeline."""

    address: AccountAddress
    status: AccountStatus
    request_id: str | None
    requested_at: datetime | None
    processing_started_at: datetime | None
    last_pipeline_attempt: datetime | None
    age_s: float | None
    stuck: bool = Field(description="PENDING for over 2 h, or PROCESSING for over 30 min.")
    retry_count: int
    last_error: str | None


class Pending(Scoped):
    """Accounts pending and processing, newest attempt first."""

    accounts: list[PendingAccount]
    total: int
    truncated: bool
