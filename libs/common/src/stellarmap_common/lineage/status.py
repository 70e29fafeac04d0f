"""The status of an account: a projection of its runs. Whoever writes it compares and swaps, so the latest runs win."""

from dataclasses import replace
from datetime import datetime
from enum import Enum, auto

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import AccountStatus, PipelineSource
from stellarmap_common.domain.transitions import TERMINAL, may_become
from stellarmap_common.lineage.run_rules import is_answered
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.known_store import Known
from stellarmap_common.ports.request_store import Request
from stellarmap_common.ports.run_store import Run, RunState
from stellarmap_common.ports.stores import Stores

_NEVER_FOUND_OUT = "asking was cancelled before its creator was found out"


class Asked(Enum):
    """Whether somebody wants both steps of an account."""

    NEVER = auto()  # an ancestor, or a granted child: one step is enough
    STILL = auto()  # a step that has not begun is still to come
    BEFORE = auto()  # what has not begun will not


Told = tuple[AccountStatus | None, str | None]  # a status, None for as it was, and the error in it


def told_by_runs(creator: Run | None, children: Run | None) -> Told | None:
    """The status that one of the runs decides by itself; None when it takes both."""
    runs = [run for run in (creator, children) if run]
    if any(run.state is RunState.OPEN for run in runs):
        return AccountStatus.PROCESSING, None
    failed = next((run for run in runs if run.state is RunState.FAILED), None)
    if failed:
        return AccountStatus.FAILED, failed.progress.reason
    if creator and creator.progress.not_found:
        return AccountStatus.NOT_FOUND, creator.progress.reason
    return None


def told_at_rest(creator: Run | None, children: Run | None, asked: Asked) -> Told:
    """The status of an account of which nothing is read now."""
    if asked is Asked.STILL and not (creator and children):
        return (AccountStatus.PROCESSING if creator or children else None), None
    if asked is Asked.NEVER and creator is None and children:
        return AccountStatus.COMPLETE, None  # its creator is known: it was granted as a child
    if creator is None or not is_answered(creator):
        return AccountStatus.FAILED, _NEVER_FOUND_OUT
    return AccountStatus.COMPLETE, None


def pipeline_source_of(creator: Run | None, children: Run | None) -> PipelineSource:
    """The pipeline that an account's lineage came from: where the API took over anything, that is said."""
    sources = [run.progress.pipeline_source for run in (creator, children) if run]
    if PipelineSource.BIGQUERY_WITH_API_FALLBACK in sources:
        return PipelineSource.BIGQUERY_WITH_API_FALLBACK
    return sources[0] if sources else PipelineSource.API


def step_towards(before: AccountStatus | None, after: AccountStatus) -> AccountStatus:
    """`after`, if it may follow; else the status between. A request may take up again what was done with."""
    if may_become(before, after):
        return after
    return AccountStatus.RE_INQUIRY if before in TERMINAL else AccountStatus.PROCESSING


class Statuses:
    """Writes statuses."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._accounts = stores.accounts
        self._known = stores.known
        self._requests = stores.requests
        self._clock = clock

    async def asked(self, request: Request) -> None:
        """Afterwards the account's state tells that this request was made about it."""
        while True:
            before = await self._accounts.state_of(request.asked)
            after = _as_asked(
                before or AccountState(ref=request.asked, version=0, status=AccountStatus.PENDING), request
            )
            if before == after or await self._accounts.put_state(replace(after, version=after.version + 1)):
                break
        stored = await self._requests.request(request.ref)
        if stored and stored.completed:  # by recovery, while whoever asked was away
            await self.follow(request.asked, request.ref.request_id)

    async def follow(self, account: AccountRef, request_id: str) -> tuple[AccountState, Known]:
        """Afterwards the status is what the account's runs amount to; what it was told from is given back with it.

        `request_id`: who made them, if nobody asked before.
        """
        while True:
            # It reads the status before the runs: whoever changes a run later writes a later version.
            known = await self._known.known_of(account)
            before = known.state
            state = before or AccountState(ref=account, version=0, status=AccountStatus.PENDING, request_id=request_id)
            creator, children = known.creator_run, known.children_run
            told = told_by_runs(creator, children)
            wanted, error = told or told_at_rest(creator, children, await self._asked(state))
            if wanted is None or (before and wanted is before.status):
                return state, known
            status = step_towards(before.status if before else None, wanted)
            new = replace(
                _as(status, state, error, self._clock.now()),
                version=state.version + 1,
                pipeline_source=pipeline_source_of(creator, children),
            )
            if await self._accounts.put_state(new) and status is wanted:
                return new, known

    async def _asked(self, state: AccountState) -> Asked:
        if not state.requested:
            return Asked.NEVER
        found = await self._requests.open_requests(state.ref.network, account=state.ref.address)
        return Asked.STILL if any(not request.cancelled for request in found) else Asked.BEFORE


def _as_asked(state: AccountState, request: Request) -> AccountState:
    if state.request_id == request.ref.request_id and state.requested:
        return state
    again = state.status in TERMINAL or state.status is AccountStatus.ERROR
    return replace(
        state,
        status=AccountStatus.RE_INQUIRY if again else state.status,
        request_id=request.ref.request_id,
        requested=True,
        requested_at=request.created_at,
        retry_count=state.retry_count + request.retry,
    )


def _as(status: AccountStatus, state: AccountState, error: str | None, now: datetime) -> AccountState:
    if status is AccountStatus.PROCESSING:
        return replace(state, status=status, processing_started_at=now, last_pipeline_attempt=now, completed_at=None)
    if status in TERMINAL:
        return replace(state, status=status, completed_at=now, last_error=error)
    return replace(state, status=status)
