"""Runs and the interest in them: who reads an account now, how far it is read, who waits for it. Conditional writes only."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.status import Lane, PipelineSource, Step


@dataclass(frozen=True, slots=True)
class RunRef:
    """One step of one account: there is one run for it, for all requests together."""

    account: AccountRef
    step: Step

    def __str__(self) -> str:
        return f"{self.account}:{self.step}"


class RunState(StrEnum):
    """Open: somebody reads or will read. Finished: nobody waits for more. Failed: its last reader gave up."""

    OPEN = "open"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a run has read so far, as absolute values of the prefix up to `cursor`: writing it twice changes nothing."""

    cursor: str = ""
    pages: int = 0
    complete: bool = False  # the source had nothing after the cursor
    total: int = 0  # children found up to the cursor; for a creator step, lives
    last_op: int = 0  # operation of the last child found up to the cursor: every child up to it is stored
    page_op: int = 0  # `last_op` before the latest page: what lies between the two was found on it
    page_ends: tuple[tuple[Address, int], ...] = ()  # merges found on the latest page: account and operation
    months: tuple[tuple[str, int], ...] = ()  # children by month (`2024-05`, UTC) of their creation, in order
    undated: int = 0  # children whose creation time is not known
    since_ledger: int | None = None  # history before this ledger is cut: the total is *at least*
    at_least: bool = False  # a source of it does not tell of children that contract transfers made: the same
    reason: str | None = None  # why the creator stays unknown, or why the run failed
    not_found: bool = False  # the network has never seen this account
    merged: bool = False  # the account does not exist now, but did
    pipeline_source: PipelineSource = PipelineSource.API  # where the latest page was read
    refusal: str | None = None  # why BigQuery did not answer: the API was read instead, or the run failed

    @property
    def exact(self) -> bool:
        """True when the total is: everything is read, of sources that tell everything."""
        return self.complete and self.since_ledger is None and not self.at_least


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The row of a run. `revision` grows with every write: each write is conditional on the revision it read."""

    ref: RunRef
    revision: int = 0
    state: RunState = RunState.OPEN
    holder: str = ""  # id of the event that reads, that will read next, or that finished it; empty = free
    lease_until: datetime | None = None  # a run handed over has the moment of the handover: a lease that is over
    progress: Progress = field(default_factory=Progress)
    takes: int = 0
    lane: Lane = Lane.USER
    reopened_by: tuple[str, ...] = ()  # requests whose retry has reopened this run


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """A request waits for a run."""

    ref: RunRef
    request_id: str
    pages_to: int
    depth_left: int
    lane: Lane
    retry: bool = False


class RunStore(Protocol):
    """Runs and interest."""

    async def run_of(self, ref: RunRef) -> Run | None:
        """The run as of the latest write, read serially; None if nobody ever took it."""
        ...

    async def swap(self, new: Run, expected_revision: int | None, *, interest: Interest | None = None) -> bool:
        """Writes `new` if the stored revision is `expected_revision` (None: if there is no row). False: somebody was first.

        With `interest`, that is registered before, also when the answer is False: whoever takes a run waits for it first.
        `new.revision` must be larger. A write whose outcome is unknown raises StoreUnavailable; read it back.
        """
        ...

    async def register(self, interest: Interest) -> None:
        """Afterwards the request is among those who wait for the run; the same request again replaces its row."""
        ...

    async def waiting_for(self, ref: RunRef) -> tuple[Interest, ...]:
        """Everybody who waits for the run, read serially, by request id."""
        ...

    async def forget(self, ref: RunRef, request_id: str) -> None:
        """Afterwards the request no longer waits. Safe to repeat."""
        ...
