"""The stages of a request. Ingest moves 1 parent lineage, 7 creator discovery, 8 grandparent lineage; the enricher the others.

What ingest's are is read off the walk of the asked account, so a repeat finds them as they are and writes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import INGEST_STAGES, STAGES, StageState, Step
from stellarmap_common.events.base import derived_id
from stellarmap_common.events.facts import StageExecuted
from stellarmap_common.lineage.walk import Walk, WalkState
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.ports.request_store import Request
from stellarmap_common.ports.run_store import Run, RunRef, RunState
from stellarmap_common.ports.stores import Stores

PARENT, DISCOVERY, GRANDPARENT = INGEST_STAGES
_ENDED = frozenset({StageState.DONE, StageState.FAILED, StageState.SKIPPED})
_MILLISECOND = timedelta(milliseconds=1)

Detail = dict[str, str | int | bool | None]


@dataclass(frozen=True, slots=True)
class StageView:
    """How a stage stands."""

    state: StageState
    error: str | None = None
    detail: Detail = field(default_factory=dict)


_AT_FIRST = StageView(StageState.PENDING)


def stages_of_walk(walk: Walk, asked: AccountRef, run: Run | None) -> dict[int, StageView]:
    """How the three stages stand, given the walk and the creator run of the asked account."""
    if not walk.hops:
        return _before_any_life(walk, run)
    life = walk.hops[0].creation
    lives = StageView(StageState.DONE, detail=_life_detail(life) | _pipeline_detail(run))
    if life.creator is None:
        ended = skipped("the genesis account has no creator")
        return {PARENT: lives, DISCOVERY: ended, GRANDPARENT: ended}
    found = StageView(StageState.DONE, detail={"creator": life.creator, "kind": life.kind, "exact": life.exact})
    return {PARENT: lives, DISCOVERY: found, GRANDPARENT: _grandparent(walk, asked)}


def _before_any_life(walk: Walk, run: Run | None) -> dict[int, StageView]:
    if walk.state is WalkState.PENDING:
        underway = StageView(StageState.RUNNING if run else StageState.PENDING)
        return {PARENT: underway, DISCOVERY: underway, GRANDPARENT: StageView(StageState.PENDING)}
    if run and run.state is RunState.FAILED:
        failed = StageView(StageState.FAILED, error=walk.reason, detail=_pipeline_detail(run))
        return {PARENT: failed, DISCOVERY: failed, GRANDPARENT: skipped(walk.reason)}
    nothing = StageView(StageState.DONE, detail={"lives": 0, "not_found": bool(run and run.progress.not_found)})
    return {PARENT: nothing, DISCOVERY: skipped(walk.reason), GRANDPARENT: skipped(walk.reason)}


def _grandparent(walk: Walk, asked: AccountRef) -> StageView:
    if len(walk.hops) > 1:
        return StageView(StageState.DONE, detail=_life_detail(walk.hops[1].creation))
    if walk.state is WalkState.CONTRACT:
        return skipped("created by a contract, which has no creator of its own")
    if walk.state is WalkState.PENDING:
        return StageView(StageState.RUNNING if walk.pending != asked else StageState.PENDING)
    return skipped(walk.reason)


def skipped(reason: str | None) -> StageView:
    """A stage that is left out, and why."""
    return StageView(StageState.SKIPPED, detail={"reason": reason})


def _life_detail(life: Creation) -> Detail:
    return {"created_op": str(life.created_op), "source": life.source, "exact": life.exact}


def _pipeline_detail(run: Run | None) -> Detail:
    """By which pipeline the account was read, and why not by BigQuery where that came first."""
    if run is None:
        return {}
    refused: Detail = {"refusal": run.progress.refusal} if run.progress.refusal else {}
    return {"pipeline_source": run.progress.pipeline_source, **refused}


class Stages:
    """Records stages, and tells of them."""

    def __init__(self, stores: Stores, publisher: EventPublisher, clock: Clock) -> None:
        self._stores = stores
        self._publisher = publisher
        self._clock = clock

    async def asked(self, request: Request) -> None:
        """Afterwards the request has its eight stages, all to come."""
        await self._stores.stages.record_stages(
            [_execution(request, stage, _AT_FIRST, attempt=1, at=request.created_at) for stage in STAGES]
        )

    async def began(self, request: Request) -> None:
        """Afterwards the stages tell that the creator step of the asked account runs."""
        await self.follow(request, Walk(hops=(), state=WalkState.PENDING, pending=request.asked))

    async def follow(self, request: Request, walk: Walk) -> None:
        """Afterwards the stages of ingest stand as the walk says; what changed is published."""
        run = await self._stores.runs.run_of(RunRef(request.asked, Step.CREATOR))
        await self.move(request, stages_of_walk(walk, request.asked, run), run)

    async def move(self, request: Request, views: Mapping[int, StageView], run: Run | None = None) -> None:
        """Afterwards these stages, which are read by `run` if by any, stand so; what changed is published."""
        stored = await self._stores.stages.stages_of(request.asked, request.ref.request_id)
        if len(stored) < len(STAGES):  # whoever asked went away before
            await self.asked(request)
        known = {execution.stage: execution for execution in stored}
        changed = [
            self._changed(request, stage, view, known.get(stage), run)
            for stage, view in views.items()
            if _moves_on(known.get(stage), view.state)
        ]
        if changed:
            # Told first: a crash between the two repeats the telling, where the other order would swallow it.
            await self._publisher.publish(*changed)
            await self._stores.stages.record_stages(changed)

    def _changed(
        self, request: Request, stage: int, view: StageView, known: StageExecuted | None, run: Run | None
    ) -> StageExecuted:
        now = self._clock.now()
        began = known.at if known and known.state is StageState.RUNNING else None
        attempt = max(run.takes if run and stage != GRANDPARENT else 1, known.attempt if known else 1)
        took_ms = (now - began) // _MILLISECOND if began and view.state in _ENDED else 0
        return _execution(request, stage, view, attempt=attempt, at=now, duration_ms=took_ms)


def _moves_on(known: StageExecuted | None, state: StageState) -> bool:
    """True for a state that is news. An end is final: what failed and is tried again belongs to another request."""
    if known is None:
        return True
    return known.state is not state and known.state not in _ENDED and state is not StageState.PENDING


def _execution(  # noqa: PLR0913 - what a stage execution is made of
    request: Request, stage: int, view: StageView, *, attempt: int, at: datetime, duration_ms: int = 0
) -> StageExecuted:
    return StageExecuted(
        id=derived_id(request.ref.request_id, StageExecuted.type, stage, attempt, view.state),
        network=request.ref.network,
        account=request.account,
        request_id=request.ref.request_id,
        stage=stage,
        state=view.state,
        attempt=attempt,
        at=at,
        duration_ms=duration_ms,
        error=view.error,
        detail=view.detail,
    )
