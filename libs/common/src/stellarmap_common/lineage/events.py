"""The events that lineage publishes, with ids made from what they follow from: a repeat makes them again."""

from stellarmap_common.domain.creation import AccountEnd, Creation, UnplacedCreation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Lane, PipelineSource, Route, Step
from stellarmap_common.events.base import derived_id, fact_id
from stellarmap_common.events.facts import ChildrenRecorded, LineageRecorded
from stellarmap_common.events.requests import AccountQueued, AccountRequested, ChildDiscovered, RequestCompleted
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.request_store import Request, RequestRow
from stellarmap_common.ports.run_store import Run, RunRef


def step_wanted(
    request: Request, account: AccountRef, step: Step, *, pages_to: int, depth_left: int
) -> AccountRequested:
    """A request's first event for a step, in the request's lane: the hops of a person's request stay in the user lane."""
    kind = AccountRequested if request.lane is Lane.USER else AccountQueued
    return kind(
        id=derived_id(request.ref.request_id, AccountRequested.type, account.address, step),
        network=account.network,
        account=account.address,
        step=step,
        route=request.route,
        request_id=request.ref.request_id,
        lane=request.lane,
        pages_to=pages_to,
        depth_left=depth_left,
        retry=request.retry,
        pipeline_source=_source_of(request),
    )


def next_id(event_id: str, pages: int) -> str:
    """Id of the event that reads on where a run, with so many pages read, was left by the event of that id."""
    return derived_id(event_id, AccountQueued.type, pages)


def next_page(event: AccountRequested, run: Run, request: Request, pages_to: int) -> AccountQueued:
    """The event a run was handed over to. Every later page goes to the second lane."""
    return AccountQueued(
        id=run.holder,
        network=event.network,
        account=event.account,
        step=event.step,
        route=event.route,
        request_id=request.ref.request_id,
        cursor=run.progress.cursor,
        pages_to=pages_to,
        depth_left=event.depth_left,
        takes_over=event.id,
        retry=request.retry,
        pipeline_source=event.pipeline_source,
        refusal=event.refusal,
    )


def step_recovered(request: Request, ref: RunRef, run: Run | None, *, recoveries: int, pages_to: int) -> AccountQueued:
    """The event that takes a step up again which nobody works on: by API, wherever the mode allows that."""
    account = ref.account
    return AccountQueued(
        id=derived_id(request.ref.request_id, AccountQueued.type, account.address, ref.step, "recovery", recoveries),
        network=account.network,
        account=account.address,
        step=ref.step,
        route=Route.API,
        request_id=request.ref.request_id,
        cursor=run.progress.cursor if run else "",
        pages_to=pages_to,
        takes_over=run.holder if run else "",
        retry=request.retry,
        pipeline_source=PipelineSource.BIGQUERY_WITH_API_FALLBACK,
    )


def child_discovered(request: Request, row: RequestRow, creator: AccountRef, pages_to: int) -> ChildDiscovered:
    """The event of a granted child."""
    request_id = request.ref.request_id
    return ChildDiscovered(
        id=fact_id(ChildDiscovered.type, creator.network, row.operation_id, row.account, request_id),
        network=creator.network,
        account=row.account,
        creator=creator.address,
        operation_id=row.operation_id,
        request_id=request_id,
        depth_left=row.depth_left,
        pages_to=pages_to,
        route=request.route,
        retry=request.retry,
        pipeline_source=_source_of(request),
    )


def _source_of(request: Request) -> PipelineSource:
    """A retry goes by API, as what is handed over does: it failed before."""
    if request.route is Route.BIGQUERY:
        return PipelineSource.BIGQUERY
    return PipelineSource.BIGQUERY_WITH_API_FALLBACK if request.retry else PipelineSource.API


def request_completed(request: Request, failed: int) -> RequestCompleted:
    """The one event that says a request has its answer."""
    return RequestCompleted(
        id=fact_id(RequestCompleted.type, request.ref.network, request.ref.request_id),
        network=request.ref.network,
        request_id=request.ref.request_id,
        account=request.account,
        used=request.used,
        failed=failed,
        cancelled=request.cancelled,
    )


def lineage_recorded(
    run: Run,
    lives: tuple[Creation, ...],
    ends: tuple[AccountEnd, ...],
    unplaced: tuple[UnplacedCreation, ...],
    *,
    state: AccountState,
) -> LineageRecorded:
    """The summary of an account whose creator step has ended."""
    account = run.ref.account
    return LineageRecorded(
        id=fact_id(LineageRecorded.type, account.network, account.address, state.version),
        network=account.network,
        account=account.address,
        lives=lives,
        ends=ends,
        unplaced=unplaced,
        status=state.status,
        pipeline_source=state.pipeline_source,
        creator_unknown_reason=run.progress.reason,
        version=state.version,
        request_id=state.request_id,
    )


def children_recorded(
    run: Run, children: tuple[Creation, ...], ends: tuple[AccountEnd, ...], request_id: str, *, part: int = 0
) -> ChildrenRecorded:
    """A part of the latest page of a run. Its number counts from 1 again when a retry has started the run anew."""
    account, progress = run.ref.account, run.progress
    natural_key = (account.network, account.address, progress.pages, len(run.reopened_by), *((part,) if part else ()))
    return ChildrenRecorded(
        id=fact_id(ChildrenRecorded.type, *natural_key),
        network=account.network,
        creator=account.address,
        children=children,
        ends=ends,
        page=progress.pages,
        total=progress.total,
        complete=progress.exact,
        request_id=request_id,
    )
