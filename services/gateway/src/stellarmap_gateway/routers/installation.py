"""The state of the installation: health and use of sources."""

from fastapi import APIRouter, Request, Response

from stellarmap_gateway.answers import answer
from stellarmap_gateway.dependencies import READS, GatewayDep, problems
from stellarmap_gateway.schemas.installation import Health, HealthState, Usage
from stellarmap_gateway.views.usage import usage_of

router = APIRouter(tags=["installation"], dependencies=READS)


@router.get(
    "/health",
    response_model=Health,
    responses={**problems(), 503: {"model": Health, "description": "UNHEALTHY"}},
)
async def health(request: Request, gateway: GatewayDep) -> Response:
    """Store, bus and sources, each really called; an answer is kept for a while, so that looking costs nothing."""
    found = await gateway.health.check()
    return answer(request, found, status=503 if found.state is HealthState.UNHEALTHY else 200)


@router.get("/usage", response_model=Usage, responses=problems())
async def usage(request: Request, gateway: GatewayDep) -> Response:
    """How much of each source's limit is used, and what BigQuery costs: budgets, projection, latest queries."""
    return answer(request, await usage_of(gateway))
