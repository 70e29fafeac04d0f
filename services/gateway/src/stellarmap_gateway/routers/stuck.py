"""Mending stuck accounts, at an operator's word."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from stellarmap_common.lineage.stuck import Summary
from stellarmap_common.ports.networks import Network
from stellarmap_gateway.admin_access import ADMIN
from stellarmap_gateway.answers import answer
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.dependencies import READS, CurrentNetworkDep, GatewayDep, problems
from stellarmap_gateway.schemas.stuck import RecoverStuckAsk, ResetStaleAsk, StuckAccount, StuckSummary
from stellarmap_gateway.views.scope import scope_of

router = APIRouter(prefix="/admin/{network}", tags=["admin"], dependencies=[*READS, *ADMIN])


@router.post("/reset-stale", response_model=StuckSummary, responses=problems(400, 401, 404, 410, 413, 415))
async def reset_stale(
    request: Request,
    gateway: GatewayDep,
    network: CurrentNetworkDep,
    wanted: Annotated[ResetStaleAsk | None, Body()] = None,
) -> Response:
    """Makes accounts ERROR that have been PROCESSING without progress, and frees their runs: recovery takes them up."""
    asked = wanted or ResetStaleAsk()
    older_than = timedelta(minutes=asked.minutes) if asked.minutes else None
    done = await gateway.stuck.reset_stale(network.key, older_than=older_than, dry_run=asked.dry_run)
    return answer(request, _view(gateway, network, done))


@router.post("/recover-stuck", response_model=StuckSummary, responses=problems(400, 401, 404, 410, 413, 415))
async def recover_stuck(
    request: Request,
    gateway: GatewayDep,
    network: CurrentNetworkDep,
    wanted: Annotated[RecoverStuckAsk | None, Body()] = None,
) -> Response:
    """Publishes the steps of stuck accounts again, each at most three times; then they fail. What waits is not stuck."""
    done = await gateway.stuck.recover(network.key, dry_run=wanted.dry_run if wanted else False)
    return answer(request, _view(gateway, network, done))


def _view(gateway: Gateway, network: Network, done: Summary) -> StuckSummary:
    return StuckSummary(
        **scope_of(gateway, network.key),
        dry_run=done.dry_run,
        unfinished=done.unfinished,
        complete=done.complete,
        accounts=[
            StuckAccount(
                address=each.account.address,
                status=each.status,
                since=each.since,
                done=each.done,
                request_ids=list(each.request_ids),
            )
            for each in done.outcomes
        ],
    )
