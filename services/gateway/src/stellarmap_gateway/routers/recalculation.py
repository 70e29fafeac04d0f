"""Recalculating standings, at an operator's word."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from stellarmap_gateway.admin_access import ADMIN
from stellarmap_gateway.answers import answer
from stellarmap_gateway.dependencies import READS, CurrentNetworkDep, GatewayDep, problems
from stellarmap_gateway.schemas.recalculation import RecalculateAsk, Recalculation
from stellarmap_gateway.views.standings.recalculation import recalculate

router = APIRouter(prefix="/admin/{network}/standings", tags=["admin"], dependencies=[*READS, *ADMIN])


@router.post("/recalculate", response_model=Recalculation, responses=problems(400, 401, 404, 410, 413, 415))
async def recalculate_standings(
    request: Request,
    gateway: GatewayDep,
    network: CurrentNetworkDep,
    wanted: Annotated[RecalculateAsk | None, Body()] = None,
) -> Response:
    """Has the tracker tell what was never told of accounts that stand, a page of balances at a time. Safe to repeat."""
    return answer(request, await recalculate(gateway, network, wanted or RecalculateAsk()))
