"""Seeds of standings, at an operator's word."""

from fastapi import APIRouter, Request, Response

from stellarmap_gateway.admin_access import ADMIN
from stellarmap_gateway.answers import answer
from stellarmap_gateway.dependencies import READS, CurrentNetworkDep, GatewayDep, problems
from stellarmap_gateway.schemas.seeds import StandingsSeedView
from stellarmap_gateway.views.seeds import seed_view, wish_for_seed

ACCEPTED = 202
router = APIRouter(prefix="/admin/{network}", tags=["admin"], dependencies=[*READS, *ADMIN])


@router.get("/standings-seed", response_model=StandingsSeedView, responses=problems(401, 404, 410))
async def standings_seed(request: Request, gateway: GatewayDep, network: CurrentNetworkDep) -> Response:
    """How far the network's large accounts are told, and what keeps them from being."""
    return answer(request, await seed_view(gateway, network))


@router.post(
    "/standings-seed",
    response_model=StandingsSeedView,
    status_code=ACCEPTED,
    responses=problems(400, 401, 404, 410, 413, 415),
)
async def seed_standings(request: Request, gateway: GatewayDep, network: CurrentNetworkDep) -> Response:
    """Reads the balances of all large accounts now, within the limits of what queries may cost. Safe to repeat."""
    return answer(request, await wish_for_seed(gateway, network), status=ACCEPTED)
