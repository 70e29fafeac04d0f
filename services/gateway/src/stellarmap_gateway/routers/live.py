"""The live stream: one for each tab, over everything it shows."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from stellarmap_gateway.dependencies import READS, GatewayDep, problems
from stellarmap_gateway.live.stream import Wanted, messages, wanted_of
from stellarmap_gateway.schemas.live import LiveMessage

router = APIRouter(tags=["live"], dependencies=READS)


async def wanted(
    gateway: GatewayDep,
    network: Annotated[str | None, Query(max_length=32, description="Only this network; default: all.")] = None,
    topics: Annotated[
        str | None, Query(max_length=200, description="Comma-separated; default: all.", examples=["stage,counts"])
    ] = None,
    accounts: Annotated[
        str | None, Query(max_length=4096, description="At most 50 addresses, comma-separated.")
    ] = None,
    request: Annotated[str | None, Query(max_length=64, description="Also what happens to this request.")] = None,
) -> Wanted:
    """What this client follows. Raises: ApiProblem."""
    return wanted_of(gateway, network=network, topics=topics, accounts=accounts, request=request)


@router.get(
    "/events",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "`event:` is the topic, `data:` a LiveMessage, `id:` the place to resume from",
            "content": {"text/event-stream": {"schema": {"$ref": f"#/components/schemas/{LiveMessage.__name__}"}}},
        },
        **problems(404),
    },
)
async def events(
    gateway: GatewayDep,
    follows: Annotated[Wanted, Depends(wanted)],
    last_event_id: Annotated[
        str | None, Header(alias="Last-Event-ID", max_length=32, description="Resume after this id.")
    ] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events, absolute values: a repeat is harmless. After `reset`, fetch a snapshot; then go on from its id."""
    async for message in messages(gateway, follows, last_event_id):
        yield message
