"""How far a request has come."""

import asyncio
from collections.abc import Sequence

from stellarmap_common.domain.status import Lane
from stellarmap_common.lineage.walk import Walk, WalkState
from stellarmap_common.ports.networks import Network
from stellarmap_common.ports.request_store import Request, RequestRef, RequestRow, RowState
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.lineage import LineageState
from stellarmap_gateway.schemas.requests import ExpansionProgress, LineageProgress, RequestStatus
from stellarmap_gateway.views.counts import Counted, counted
from stellarmap_gateway.views.known import unknown_request
from stellarmap_gateway.views.queue import Work, place_of
from stellarmap_gateway.views.scope import scope_of
from stellarmap_gateway.views.stages import stages_view


async def status_of(gateway: Gateway, network: Network, request_id: str) -> RequestStatus:
    """The status of the request of that id. Raises: Missing.

    Whoever follows a request by the network's name goes on following it when the network is reset, and sees how it ended.
    """
    epochs = gateway.resources.networks.epochs_of(network.name) if network.current else ()
    for epoch in (network, *reversed([each for each in epochs if not each.current])):
        request = await gateway.stores.requests.request(RequestRef(epoch.key, request_id))
        if request is not None:
            return await status_view(gateway, epoch, request)
    raise unknown_request()


async def status_view(gateway: Gateway, network: Network, request: Request) -> RequestStatus:
    """The status of the request."""
    rows, walk, known, state, executions = await asyncio.gather(
        gateway.stores.requests.rows(request.ref),
        gateway.walker.walk(request.asked),
        counted(gateway, request.asked),
        gateway.stores.accounts.state_of(request.asked),
        gateway.stores.stages.stages_of(request.asked, request.ref.request_id),
    )
    place = await place_of(gateway, network, Work(request, rows, walk, known))
    return RequestStatus(
        **scope_of(gateway, network.key),
        request_id=request.ref.request_id,
        address=request.account,
        status=state.status if state else None,
        created_at=request.created_at,
        completed_at=request.completed_at,
        completed=request.completed,
        cancelled=request.cancelled,
        retry=request.retry,
        budget=request.budget,
        used=request.used,
        depth=request.depth,
        pages=request.pages,
        lane=request.lane,
        lane_reason=_lane_reason(gateway, request),
        lineage=_lineage(walk),
        expansion=_expansion(request, rows, known),
        queue=place,
        stages=stages_view(executions),
    )


def _lineage(walk: Walk) -> LineageProgress:
    return LineageProgress(
        state=LineageState(walk.state),
        done=walk.state is not WalkState.PENDING,
        hops=max(len(walk.hops) - 1, 0),
        pending_address=walk.pending.address if walk.pending else None,
        reason=walk.reason,
    )


def _expansion(request: Request, rows: Sequence[RequestRow], known: Counted) -> ExpansionProgress:
    granted = [row.state for row in rows if row.parent is not None]
    return ExpansionProgress(
        done=all(row.state is not RowState.OPEN for row in rows),
        children=known.total,
        children_complete=known.complete,
        pages_read=known.progress.pages,
        pages_asked=request.pages,
        granted=len(granted),
        finished=granted.count(RowState.DONE),
        failed=granted.count(RowState.FAILED),
        open=granted.count(RowState.OPEN),
    )


def _lane_reason(gateway: Gateway, request: Request) -> str | None:
    if request.lane is Lane.USER:
        return None
    allowed = gateway.resources.settings.limits.open_requests
    return (
        f"Asked for in bulk, or while {allowed} requests of yours were open: it makes way for those of the first lane."
    )
