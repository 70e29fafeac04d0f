"""Asking for a lineage, following the request, cancelling it."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Header, Path, Request, Response

from stellarmap_gateway.answers import answer
from stellarmap_gateway.dependencies import (
    READS,
    CurrentAccountDep,
    CurrentNetworkDep,
    GatewayDep,
    NetworkDep,
    asking,
    problems,
)
from stellarmap_gateway.schemas.enrichment import RefreshAsked
from stellarmap_gateway.schemas.lineage import Lineage
from stellarmap_gateway.schemas.requests import Ask, Bulk, BulkAsk, RequestStatus
from stellarmap_gateway.views.asking import Asker, ask_for, cancel_request
from stellarmap_gateway.views.bulk import ask_in_bulk, is_repeated
from stellarmap_gateway.views.enrichment import refresh
from stellarmap_gateway.views.requests import status_of
from stellarmap_gateway.views.retrying import ask_again

router = APIRouter(prefix="/{network}", tags=["requests"])

ACCEPTED: dict[int | str, dict[str, object]] = {
    202: {
        "model": RequestStatus,
        "description": "Asked: how far it is, and where to follow it",
        "headers": {"Location": {"description": "The request.", "schema": {"type": "string"}}},
    },
}
RequestId = Annotated[str, Path(alias="id", max_length=64, description="Id of the request.")]


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Chosen by the client, best a UUID: for 24 h the same key is answered with the same request.",
    ),
]


async def asker(client: Annotated[str, Depends(asking)], idempotency_key: IdempotencyKey = None) -> Asker:
    """Who asks."""
    return Asker(client, idempotency_key)


async def bulk_asker(
    gateway: GatewayDep,
    network: NetworkDep,
    client: Annotated[str, Depends(asking)],
    idempotency_key: IdempotencyKey = None,
) -> Asker:
    """Who asks in bulk. Raises: ApiProblem when that is more often than it may; a repeat of what it asked is free."""
    who = Asker(client, idempotency_key)
    if not await is_repeated(gateway, network, who):
        gateway.limits.bulk(client)
    return who


AskerDep = Annotated[Asker, Depends(asker)]
BulkAskerDep = Annotated[Asker, Depends(bulk_asker)]


@router.post(
    "/accounts/{address}/requests",  # noqa: FAST003 - `account_of` takes it
    response_model=Lineage,
    response_description="Mapped already: the answer",
    responses={**ACCEPTED, **problems(400, 404, 410, 413, 415)},
)
async def ask(
    request: Request,
    gateway: GatewayDep,
    account: CurrentAccountDep,
    who: AskerDep,
    wanted: Annotated[Ask | None, Body()] = None,
) -> Response:
    """Asks for a lineage; what is in the store already is answered at once."""
    return await ask_for(request, gateway, account, who, wanted or Ask())


@router.post(
    "/accounts/{address}/retry",  # noqa: FAST003 - `account_of` takes it
    response_model=RequestStatus,
    status_code=202,
    response_description=str(ACCEPTED[202]["description"]),
    responses=problems(404, 409, 410),
)
async def retry(request: Request, gateway: GatewayDep, account: CurrentAccountDep, who: AskerDep) -> Response:
    """Asks again for an account that failed, is stuck or is not complete, and runs the steps again that failed."""
    return await ask_again(request, gateway, account, who)


@router.post(
    "/accounts/{address}/refresh",  # noqa: FAST003 - `account_of` takes it
    response_model=RefreshAsked,
    status_code=202,
    response_description="Asked: it is read again soon, and the live stream tells what has changed",
    responses=problems(404, 410),
    dependencies=[Depends(asking)],
)
async def refresh_account(request: Request, gateway: GatewayDep, account: CurrentAccountDep) -> Response:
    """Has balance, domain, assets, flags and tags read again."""
    return answer(request, await refresh(gateway, account), status=HTTPStatus.ACCEPTED)


@router.post(
    "/requests:bulk",
    response_model=Bulk,
    status_code=202,
    response_description="Asked: what became of each entry",
    responses=problems(400, 404, 410, 413, 415),
)
async def ask_many(
    request: Request, gateway: GatewayDep, network: CurrentNetworkDep, who: BulkAskerDep, wanted: BulkAsk
) -> Response:
    """Asks for up to 1,000 accounts, in the second lane; requests of people go before them. Entries may be anything pasted."""
    return answer(request, await ask_in_bulk(gateway, network, who, wanted), status=HTTPStatus.ACCEPTED)


@router.get(
    "/requests/{id}",  # noqa: FAST003 - the alias of `request_id`
    response_model=RequestStatus,
    responses=problems(404),
    dependencies=READS,
)
async def request_status(request: Request, gateway: GatewayDep, network: NetworkDep, request_id: RequestId) -> Response:
    """How far the request is: lineage, expansion, stages, place in the queue."""
    return answer(request, await status_of(gateway, network, request_id))


@router.post(
    "/requests/{id}/cancel",  # noqa: FAST003 - the alias of `request_id`
    response_model=RequestStatus,
    responses=problems(404),
    dependencies=READS,
)
async def cancel(request: Request, gateway: GatewayDep, network: NetworkDep, request_id: RequestId) -> Response:
    """Ends the interest of this request. What others wait for is read all the same; what is stored stays."""
    return answer(request, await cancel_request(gateway, network, request_id))
