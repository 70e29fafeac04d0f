"""What holds of a run, and who may take it. Pure: the same row and event always give the same answer."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto

from stellarmap_common.domain.status import Step
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.lineage.events import next_id
from stellarmap_common.ports.request_store import Request, RowState
from stellarmap_common.ports.run_store import Run, RunRef, RunState

LEASE = timedelta(seconds=60)
GRANTED_PAGES = 1  # of a granted child; the UI says how far it read and offers more


class Move(Enum):
    """What an event may do about a run."""

    TAKE = auto()  # read a page
    HAND_OVER = auto()  # the event's page is read, more is asked: its next event reads on
    FREE = auto()  # nobody waits for more: end it
    WAIT = auto()  # somebody else reads, or will: they serve whoever waits
    SETTLE = auto()  # it has ended, and nobody asks for more


def pages_wanted(request: Request, account: str) -> int:
    """The absolute number of pages up to which this request wants the account's children read."""
    return max(request.pages, GRANTED_PAGES) if account == request.account else GRANTED_PAGES


def wants_more(run: Run, pages_to: int) -> bool:
    """True while somebody who waits for this many pages is not served: creator steps are read to their end."""
    to_begin = run.state is RunState.OPEN and not run.progress.pages  # perhaps anew: then it still tells how it ended
    more = to_begin or not run.progress.complete
    return more and (run.ref.step is Step.CREATOR or run.progress.pages < pages_to)


def asks_more(run: Run | None, ref: RunRef, request: Request) -> bool:
    """True while the request waits for more than the run has read, or may have it tried once more."""
    if request.cancelled or request.completed:
        return False
    if run is None:
        return True
    if is_fruitless(run):
        return request.retry and may_reopen(run, request.ref.request_id)
    return wants_more(run, pages_wanted(request, ref.account.address))


def is_answered(run: Run) -> bool:
    """True when a creator step has told all it can: read to its end, or given up."""
    return run.state is RunState.FAILED or (run.state is RunState.FINISHED and run.progress.complete)


def is_fruitless(run: Run) -> bool:
    """True when the run ended without what it was for; a retry may then try once more."""
    if run.state is not RunState.FINISHED:
        return run.state is RunState.FAILED
    if run.ref.step is Step.CREATOR:
        return run.progress.not_found or run.progress.reason is not None
    return run.progress.complete and not run.progress.cursor  # there was no history at all


def may_reopen(run: Run, request_id: str) -> bool:
    """True when a retry of this request may still reopen the run: once per request."""
    return is_fruitless(run) and request_id not in run.reopened_by


def row_outcome(run: Run, request: Request) -> RowState | None:
    """How this request's row of the run's account closes; None while there is more to come."""
    if request.retry and may_reopen(run, request.ref.request_id):
        return None
    if not wants_more(run, pages_wanted(request, run.ref.account.address)):
        return RowState.DONE
    return RowState.FAILED if run.state is RunState.FAILED else None


def is_served(run: Run, request: Request) -> bool:
    """True when the run has nothing more to give to this request."""
    if run.ref.step is Step.CHILDREN:
        return row_outcome(run, request) is not None
    return is_answered(run) and not (request.retry and may_reopen(run, request.ref.request_id))


def is_leased(run: Run, now: datetime) -> bool:
    """True while its holder may be reading."""
    return bool(run.holder) and run.lease_until is not None and run.lease_until > now


def is_mine(run: Run, event: AccountRequested) -> bool:
    """True when the run is this event's: it holds it, follows its holder, or has published its holder."""
    return run.holder in {event.id, event.takes_over or event.id, next_id(event.id, run.progress.pages)}


def handed_to_next(run: Run, event: AccountRequested) -> bool:
    """True when the run's next reader is the event that this one publishes."""
    return run.state is RunState.OPEN and run.holder == next_id(event.id, run.progress.pages)


def ended_by(run: Run, event: AccountRequested) -> bool:
    """True when the event, or the one before it, has ended the run, and may not have come to telling its latest page."""
    return run.state is not RunState.OPEN and run.holder in {event.id, event.takes_over} - {""}


def move_of(run: Run | None, event: AccountRequested, *, more: bool, now: datetime) -> Move:
    """What `event` may do about `run` (None: nobody ever took it); `more`: somebody who waits wants more read."""
    if run is None:
        return Move.TAKE if more else Move.SETTLE
    # A retry reads a fruitless run from its start: an event that names where the run had ended would miss all before it.
    read_to = reopened(run, event.request_id).progress.cursor if event.retry and more else run.progress.cursor
    passed = event.cursor != read_to
    if run.state is RunState.OPEN:
        takeable = run.holder in {event.id, event.takes_over or event.id} or not is_leased(run, now)
        if not takeable or passed:
            return Move.WAIT
        return Move.TAKE if more else Move.FREE
    if not more:
        return Move.SETTLE
    return Move.HAND_OVER if passed else Move.TAKE


def taken(run: Run | None, ref: RunRef, event: AccountRequested, now: datetime, *, retry: bool = False) -> Run:
    """The run as this event holds it while it reads; a `retry` has had its try with it."""
    before = run or Run(ref=ref)
    if retry:
        before = reopened(before, event.request_id)
    return replace(
        before,
        revision=before.revision + 1,
        state=RunState.OPEN,
        holder=event.id,
        lease_until=now + LEASE,
        takes=before.takes + 1,
        lane=event.lane,
    )


def handed_over(run: Run, holder: str, now: datetime) -> Run:
    """The run as it waits, without a lease, for the event of that id: meanwhile any event may take it."""
    return replace(run, revision=run.revision + 1, state=RunState.OPEN, holder=holder, lease_until=now)


def ended(run: Run, state: RunState, holder: str, now: datetime, *, reason: str | None = None) -> Run:
    """The run after its last page: finished, or failed for `reason`."""
    progress = replace(run.progress, reason=reason) if reason is not None else run.progress
    return replace(run, revision=run.revision + 1, state=state, holder=holder, lease_until=now, progress=progress)


def freed(run: Run, now: datetime) -> Run:
    """The run after nobody waits for it any more. One that was to be tried again, and was not, is what it was before."""
    given_up = run.progress.reason is not None and not run.progress.complete
    return ended(run, RunState.FAILED if given_up else RunState.FINISHED, run.holder, now)


def reopened(run: Run, request_id: str) -> Run:
    """The run as this request's retry finds it: marked, and read from its start if it had ended without finding anything.

    Until a page is read, its progress still tells how it ended.
    """
    progress = run.progress
    if is_fruitless(run) and run.state is RunState.FINISHED:
        progress = replace(progress, cursor="", pages=0)
    return replace(marked(run, (request_id,)), progress=progress)


def marked(run: Run, request_ids: Iterable[str]) -> Run:
    """The run with these requests among those whose retry it has had."""
    return replace(run, reopened_by=tuple(dict.fromkeys((*run.reopened_by, *request_ids))))
