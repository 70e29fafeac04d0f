"""The end of a request: its chain is walked, the next creator is asked for, and once nothing is open it is completed."""

from dataclasses import replace

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Step
from stellarmap_common.lineage.announce import Announcer
from stellarmap_common.lineage.events import request_completed, step_wanted
from stellarmap_common.lineage.run_rules import is_answered
from stellarmap_common.lineage.stages import Stages
from stellarmap_common.lineage.walk import Walk, Walker, WalkState
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.ports.request_store import Attempt, Request, RowState
from stellarmap_common.ports.run_store import RunRef
from stellarmap_common.ports.stores import Stores

STAGED_HOPS = 2  # with so many lives known every stage has ended, and its end is recorded


class Completion:
    """Concludes requests."""

    def __init__(  # noqa: PLR0913 - what it takes to conclude
        self,
        stores: Stores,
        publisher: EventPublisher,
        clock: Clock,
        *,
        walker: Walker,
        stages: Stages,
        announcer: Announcer,
    ) -> None:
        self._stores = stores
        self._publisher = publisher
        self._clock = clock
        self._walker = walker
        self._stages = stages
        self._announcer = announcer

    async def conclude(self, request: Request, *, open_rows: bool) -> None:
        """Afterwards the next creator step is published, or, if nothing is open and the walk has ended, the completion.

        `request` and `open_rows` were read after every write of the step this follows.
        """
        if request.cancelled:
            # What was asked and did not begin is not waited for any more.
            await self._announcer.account_followed(request.asked, request.ref.request_id)
            await self._complete(request)
            return
        walk = await self.walk(request)
        if len(walk.hops) <= STAGED_HOPS or not (open_rows or walk.pending):
            await self._stages.follow(request, walk)
        if walk.pending:
            await self._ask_creator(request, walk.pending, begun=walk.begun)
        elif not open_rows:
            await self._complete(request)

    async def walk(self, request: Request) -> Walk:
        """The walk of the asked account as this request sees it: a retry does not take no for an answer, once.

        It is not over before the asked account's own step is: that of genesis, too, which is known without.
        """
        walk = await self._walker.walk(request.asked, request.ref.request_id if request.retry else None)
        if walk.state is WalkState.GENESIS and len(walk.hops) == 1:
            run = await self._stores.runs.run_of(RunRef(request.asked, Step.CREATOR))
            if run is None or not is_answered(run):
                return replace(walk, state=WalkState.PENDING, pending=request.asked, begun=run is not None)
        return walk

    async def _ask_creator(self, request: Request, account: AccountRef, *, begun: bool) -> None:
        waiting = await self._stores.runs.waiting_for(RunRef(account, Step.CREATOR)) if begun else ()
        if any(interest.request_id == request.ref.request_id for interest in waiting):
            return  # its event has arrived: whoever ends that run settles this request
        attempt = Attempt(
            network=account.network,
            account=account.address,
            step=Step.CREATOR,
            request_id=request.ref.request_id,
            at=self._clock.now(),
        )
        await self._stores.attempts.note([attempt])
        failpoint("after_note")
        await self._publisher.publish(step_wanted(request, account, Step.CREATOR, pages_to=0, depth_left=0))

    async def _complete(self, request: Request) -> None:
        rows = await self._stores.requests.rows(request.ref)
        failed = sum(row.parent is not None and row.state is RowState.FAILED for row in rows)
        await self._publisher.publish(request_completed(request, failed))
        failpoint("after_completed_told")
        await self._stores.requests.finish(request.ref, completed_at=self._clock.now())
        failpoint("after_completed")
        # Whoever asked may only now have come to telling that it was asked.
        await self._announcer.account_followed(request.asked, request.ref.request_id)
