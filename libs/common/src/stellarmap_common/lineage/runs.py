"""Runs: who reads an account now, and for whom. A turn takes the run of one step, and settles everybody who waits for it.

Interest is registered before the run is taken: else a step that ends in between would not see the newcomer, and nobody
would wake it.
"""

import contextlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace

from stellarmap_common.domain.status import Step
from stellarmap_common.errors import InvalidEvent, RunLost, TransientError
from stellarmap_common.events.requests import AccountRequested, StepEvent, step_request
from stellarmap_common.lineage.announce import Announcer
from stellarmap_common.lineage.events import next_id, next_page
from stellarmap_common.lineage.requests import Requests, ask_of
from stellarmap_common.lineage.run_rules import (
    Move,
    asks_more,
    ended_by,
    freed,
    handed_over,
    handed_to_next,
    is_fruitless,
    move_of,
    pages_wanted,
    reopened,
    taken,
)
from stellarmap_common.lineage.settle import Settler
from stellarmap_common.lineage.stages import Stages
from stellarmap_common.lineage.status import Statuses
from stellarmap_common.lineage.turn import Turn, interest_of, run_ref
from stellarmap_common.lineage.waiting import Waiting
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.config import Configured
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.ports.request_store import Request, RequestRef
from stellarmap_common.ports.run_store import Run, RunState
from stellarmap_common.ports.stores import Stores

TRIES = 8  # a run that slips away so often within one step is left for later


class Runs:
    """Takes runs, hands them over, and ends them."""

    def __init__(  # noqa: PLR0913 - what a step is made of
        self,
        stores: Stores,
        publisher: EventPublisher,
        clock: Clock,
        *,
        requests: Requests,
        config: Configured,
        waiting: Waiting,
        announcer: Announcer,
        settler: Settler,
        statuses: Statuses,
        stages: Stages,
    ) -> None:
        self._stores = stores
        self._publisher = publisher
        self._clock = clock
        self._requests = requests
        self._config = config
        self._waiting = waiting
        self._announcer = announcer
        self._settler = settler
        self._statuses = statuses
        self._stages = stages

    @asynccontextmanager
    async def turn(self, event: StepEvent) -> AsyncIterator[Turn | None]:
        """The event's run, taken to read one page; None when there is nothing to read. At the end all who wait are settled.

        Raises: InvalidEvent (no such request), RunLost (the run slipped away: the record is read again).
        """
        step = step_request(event)
        turn = await self._begin(step)
        if turn is None:
            yield None
            return
        try:
            yield turn
        except RunLost:
            raise  # it is another's now
        except TransientError:
            await self._let_go(turn)
            raise
        await self._end(turn)

    async def _begin(self, step: AccountRequested) -> Turn | None:
        if not step.request_id:
            await self._requests.ask(ask_of(step, self._config()))
            return None
        request = await self._stores.requests.request(RequestRef(step.network, step.request_id))
        if request is None:
            raise InvalidEvent(f"There is no request {step.request_id} on {step.network}.")
        waited = False
        for _ in range(TRIES):
            run = await self._stores.runs.run_of(run_ref(step))
            move = move_of(run, step, more=await self._asks_more(run, step, request), now=self._clock.now())
            if move is Move.TAKE:
                turn = await self._take(run, step, request)
                if turn:
                    return turn
            elif run is None or move is Move.SETTLE:
                await self._meet_ended(run or Run(ref=run_ref(step)), step, request)
                return None
            elif move is Move.WAIT:
                if waited:  # it is still somebody else's: whoever ends it finds the interest
                    return None
                await self._wait(run, step, request)
                waited = True
            elif await (self._reopen(run, step, request) if move is Move.HAND_OVER else self._free(run, step, request)):
                return None
        raise RunLost(f"The run {run_ref(step)} slipped away {TRIES} times; this event is read again.")

    async def _asks_more(self, run: Run | None, step: AccountRequested, request: Request) -> bool:
        if asks_more(run, run_ref(step), request):
            return True
        if run is None or is_fruitless(run):  # nothing but a retry of its own reopens it
            return False
        return await self._waiting.first_asking(run, None, await self._waiting.ids(run.ref)) is not None

    async def _take(self, run: Run | None, step: AccountRequested, request: Request) -> Turn | None:
        new = taken(run, run_ref(step), step, self._clock.now(), retry=request.retry)
        interest = interest_of(step, request) if asks_more(run, new.ref, request) else None
        if not await self._stores.runs.swap(new, run.revision if run else None, interest=interest):
            return None
        failpoint("after_interest")
        failpoint("after_take")
        if run is None or run.state is not RunState.OPEN or not run.progress.pages:
            await self._statuses.follow(new.ref.account, request.ref.request_id)
        if step.step is Step.CREATOR and new.ref.account == request.asked:
            await self._stages.began(request)
        return Turn(step, request, new)

    async def _wait(self, run: Run, step: AccountRequested, request: Request) -> None:
        """Another reads, or will: the request is registered with it, and served from what is stored already."""
        if asks_more(run, run.ref, request):
            await self._stores.runs.register(interest_of(step, request))
            failpoint("after_interest")
        if handed_to_next(run, step):
            await self._statuses.follow(run.ref.account, request.ref.request_id)
            await self._announcer.page_repeated(run, request.ref.request_id)
            await self._publish_next(run, step, request)
        await self._settler.settle(run, request.ref.request_id)

    async def _reopen(self, run: Run, step: AccountRequested, request: Request) -> bool:
        """Hands the ended run over to the event's next, which reads where it ended: more is asked now."""
        again = reopened(run, request.ref.request_id) if request.retry else run
        new = handed_over(again, next_id(step.id, again.progress.pages), self._clock.now())
        interest = interest_of(step, request) if asks_more(run, run.ref, request) else None
        if not await self._stores.runs.swap(new, run.revision, interest=interest):
            return False
        failpoint("after_take")
        if run.progress.pages:
            # Whoever ended the run may not have come to telling its last page, and will find it changed.
            await self._announcer.page_repeated(run, request.ref.request_id)
        await self._statuses.follow(new.ref.account, request.ref.request_id)
        await self._publish_next(new, step, request)
        await self._settler.settle(new, request.ref.request_id)
        return True

    async def _free(self, run: Run, step: AccountRequested, request: Request) -> bool:
        """Ends the run, because nobody waits for more."""
        new = freed(run, self._clock.now())
        if not await self._stores.runs.swap(new, run.revision):
            return False
        await self._announcer.run_ended(new, request.ref.request_id)
        await self._end(Turn(step, request, new))
        return True

    async def _meet_ended(self, run: Run, step: AccountRequested, request: Request) -> None:
        """Settles everybody: whoever ended the run may not have come to it."""
        if ended_by(run, step) and run.progress.pages:
            await self._announcer.page_repeated(run, request.ref.request_id)
        elif run.revision:
            await self._announcer.run_ended(run, request.ref.request_id)
        await self._settle_all(run, request, await self._waiting.ids(run.ref))

    async def _end(self, turn: Turn) -> None:
        """Afterwards everybody who waits is settled, and the next page is asked for if somebody wants it."""
        waiting = turn.waiting
        if turn.run.state is RunState.FINISHED:
            # Read again after the run has ended: who came meanwhile was told that somebody reads.
            waiting = await self._waiting.ids(turn.run.ref)
            await self._go_on_for_newcomers(turn, waiting)
        await self._settle_all(turn.run, turn.request, waiting)
        if handed_to_next(turn.run, turn.event):
            await self._publish_next(turn.run, turn.event, turn.reader or turn.request)

    async def _go_on_for_newcomers(self, turn: Turn, waiting: Iterable[str]) -> None:
        run = turn.run
        reader = await self._waiting.first_asking(run, turn.request, waiting)
        if reader is None:
            return
        again = reopened(run, reader.ref.request_id) if reader.retry else run
        new = handed_over(again, next_id(turn.event.id, again.progress.pages), self._clock.now())
        if await self._stores.runs.swap(new, run.revision):
            turn.run, turn.reader = new, reader
            await self._statuses.follow(run.ref.account, reader.ref.request_id)

    async def _settle_all(self, run: Run, own: Request, waiting: Iterable[str]) -> None:
        for request_id in dict.fromkeys((own.ref.request_id, *waiting)):
            await self._settler.settle(run, request_id)

    async def _publish_next(self, run: Run, step: AccountRequested, request: Request) -> None:
        if not asks_more(run, run.ref, request):
            waiting = await self._waiting.ids(run.ref)
            request = await self._waiting.first_asking(run, None, waiting) or request
        await self._publisher.publish(next_page(step, run, request, pages_wanted(request, step.account)))

    async def _let_go(self, turn: Turn) -> None:
        """Ends the lease of a step that could not read: its source may be away for long, and another may take the run."""
        run = turn.run
        if run.state is RunState.OPEN and run.holder == turn.event.id:
            with contextlib.suppress(TransientError):
                let_go = replace(run, revision=run.revision + 1, lease_until=self._clock.now())
                await self._stores.runs.swap(let_go, run.revision)
