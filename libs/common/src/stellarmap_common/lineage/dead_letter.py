"""Giving a step up: its run is closed as failed, and everybody who waits for it is told. Nobody waits for ever."""

from collections.abc import Callable
from dataclasses import replace

from stellarmap_common.domain.status import PipelineSource, Step
from stellarmap_common.errors import RunLost
from stellarmap_common.events.requests import StepEvent, step_request
from stellarmap_common.lineage.announce import Announcer
from stellarmap_common.lineage.run_rules import (
    asks_more,
    ended,
    ended_by,
    freed,
    is_leased,
    is_mine,
    marked,
    may_reopen,
    pages_wanted,
)
from stellarmap_common.lineage.settle import Settler
from stellarmap_common.lineage.turn import run_ref
from stellarmap_common.lineage.waiting import Waiting
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.request_store import Request, RequestRef
from stellarmap_common.ports.run_store import Interest, Run, RunRef, RunState
from stellarmap_common.ports.stores import Stores
from stellarmap_common.ports.subscription import DeadLetter

TRIES = 8


class GivingUp:
    """Closes what nobody will go on with."""

    def __init__(
        self, stores: Stores, clock: Clock, *, waiting: Waiting, announcer: Announcer, settler: Settler
    ) -> None:
        self._stores = stores
        self._clock = clock
        self._waiting = waiting
        self._announcer = announcer
        self._settler = settler

    async def before_dead_letter(self, event: StepEvent, letter: DeadLetter) -> None:
        """Afterwards whoever waited for this event's step waits for another event, or has got its failure."""
        step = step_request(event)
        request = await self._stores.requests.request(RequestRef(step.network, step.request_id or step.id))
        if request is not None:
            run = await self._stores.runs.run_of(run_ref(step))
            if run and ended_by(run, step):
                await self._tell_what_was_read(run, request)
            await self.give_up(run_ref(step), request, letter, holder=step.id, mine=lambda run: is_mine(run, step))

    async def give_up(
        self, ref: RunRef, request: Request, letter: DeadLetter, *, holder: str, mine: Callable[[Run], bool]
    ) -> None:
        """Closes the run as failed if it is `mine` or nobody's, and settles; else the request stays registered with it."""
        registered = False
        for _ in range(TRIES):
            run = await self._stores.runs.run_of(ref)
            if run and run.state is RunState.OPEN and is_leased(run, self._clock.now()) and not mine(run):
                if registered:
                    return
                if not asks_more(run, ref, request):
                    await self._settler.settle(run, request.ref.request_id)  # it may have come to all but that
                    return
                await self._stores.runs.register(_interest(ref, request, run))
                registered = True
            elif run and _has_ended(run) and not (request.retry and may_reopen(run, request.ref.request_id)):
                await self._settle_ended(run, request)
                return
            elif await self._close(ref, run, request, letter, holder):
                return
        raise RunLost(f"The run {ref} slipped away {TRIES} times.")

    async def let_go(self, run: Run) -> None:
        """Ends an open run for which nobody waits any more, and whose next event may never come."""
        if not await self._waiting.first_asking(run, None, await self._waiting.ids(run.ref)):
            new = freed(run, self._clock.now())
            if await self._stores.runs.swap(new, run.revision):
                await self._announcer.run_ended(new, "")

    async def _tell_what_was_read(self, run: Run, request: Request) -> None:
        """Tells the latest page: whoever has read it may not have come to that, or is to find the run closed."""
        if run.progress.pages:
            await self._announcer.page_repeated(run, request.ref.request_id)

    async def _settle_ended(self, run: Run, request: Request) -> None:
        await self._announcer.run_ended(run, request.ref.request_id)
        if asks_more(run, run.ref, request):  # at its page limit, and nobody reads on for this request
            await self._settler.close(run, request.ref.request_id)
        await self._settle_all(run, request)

    async def _close(self, ref: RunRef, run: Run | None, request: Request, letter: DeadLetter, holder: str) -> bool:
        if run and run.state is RunState.OPEN:
            await self._tell_what_was_read(run, request)
        waiting = await self._stores.runs.waiting_for(ref)
        retried = [interest.request_id for interest in waiting if interest.retry]
        tried = marked(run or Run(ref=ref), (*retried, *((request.ref.request_id,) if request.retry else ())))
        now = self._clock.now()
        if run and _has_ended(run):
            new = ended(tried, run.state, run.holder, now)  # only marked: this retry has been had
        else:
            new = ended(_refused(tried, letter), RunState.FAILED, holder, now, reason=letter.reason)
        if not await self._stores.runs.swap(new, run.revision if run else None):
            return False
        failpoint("after_run_failed")
        await self._announcer.run_ended(new, request.ref.request_id)
        await self._settle_all(new, request)
        return True

    async def _settle_all(self, run: Run, request: Request) -> None:
        for request_id in dict.fromkeys((request.ref.request_id, *await self._waiting.ids(run.ref))):
            await self._settler.settle(run, request_id)


def _has_ended(run: Run) -> bool:
    """True for a run with an outcome; a creator step that was let go before its end has none."""
    if run.state is RunState.FINISHED:
        return run.ref.step is Step.CHILDREN or run.progress.complete
    return run.state is RunState.FAILED


def _refused(run: Run, letter: DeadLetter) -> Run:
    """The run with the refusal, where that is why it fails: nothing but BigQuery may be asked. An earlier one is over."""
    known = run.progress
    if letter.refused:
        progress = replace(known, pipeline_source=PipelineSource.BIGQUERY, refusal=letter.reason)
    else:
        progress = replace(known, refusal=None if known.refusal == known.reason else known.refusal)
    return replace(run, progress=progress)


def _interest(ref: RunRef, request: Request, run: Run) -> Interest:
    return Interest(
        ref=ref,
        request_id=request.ref.request_id,
        pages_to=pages_wanted(request, ref.account.address),
        depth_left=-1,
        lane=run.lane,
        retry=request.retry,
    )
