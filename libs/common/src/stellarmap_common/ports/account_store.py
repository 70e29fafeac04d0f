"""Projections about an account: its status and the stages of its requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.domain.status import AccountStatus, PipelineSource
from stellarmap_common.events.facts import StageExecuted

UNFINISHED = (AccountStatus.PENDING, AccountStatus.RE_INQUIRY, AccountStatus.PROCESSING)
"""Statuses of accounts on their way through the pipeline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """How far an account is mapped: a projection with a version. Who needs the truth reads the run."""

    ref: AccountRef
    version: int  # grows with every take of a run and every phase
    status: AccountStatus
    pipeline_source: PipelineSource = PipelineSource.API
    request_id: str = ""  # of the latest request about it
    requested: bool = False  # somebody asked for this very account (else it is an ancestor or a granted child)
    requested_at: datetime | None = None
    processing_started_at: datetime | None = None
    last_pipeline_attempt: datetime | None = None
    completed_at: datetime | None = None
    retry_count: int = 0
    last_error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFigures:
    """Exact counts of one network."""

    accounts_mapped: int  # status COMPLETE
    creations: int
    ends: int
    pending: int  # status one of UNFINISHED
    failed: int  # status FAILED
    as_of: datetime | None = None  # of which census they are; None: of the moment they were read


class AccountStore(Protocol):
    """Statuses."""

    async def put_state(self, state: AccountState) -> bool:
        """Writes the state unless a version as large is stored. True if it was written."""
        ...

    async def state_of(self, account: AccountRef) -> AccountState | None:
        """The latest state; None if nobody ever asked and no request granted it."""
        ...

    async def states(
        self, network: NetworkKey, statuses: Sequence[AccountStatus], *, requested_only: bool = False, limit: int = 100
    ) -> tuple[AccountState, ...]:
        """States with one of these statuses; first those about which something was last asked or begun."""
        ...

    async def figures(self, network: NetworkKey) -> NetworkFigures:
        """Counts of the network, exact, and quick whatever its size: of now, or of the last census."""
        ...

    async def take_census(self, network: NetworkKey, at: datetime) -> None:
        """Afterwards the figures are of now, `at`, or later. A store whose figures are always of now has nothing to do."""
        ...


class StageStore(Protocol):
    """Stage executions. They lapse by themselves 90 days after they began."""

    async def record_stages(self, executions: Sequence[StageExecuted]) -> None:
        """Afterwards each is readable, unless a later attempt, or a later state of the same attempt, is: in any order."""
        ...

    async def stages_of(self, account: AccountRef, request_id: str | None = None) -> tuple[StageExecuted, ...]:
        """The stages of one request, or of the one about this account that was begun last, in order of their numbers."""
        ...
