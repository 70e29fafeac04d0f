"""What admins do: look at what was set aside, and give it back to its group."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request, Response

from stellarmap_gateway.admin_access import ADMIN
from stellarmap_gateway.answers import answer
from stellarmap_gateway.dependencies import READS, GatewayDep, problems
from stellarmap_gateway.schemas.dead_letters import (
    MAX_LETTERS,
    DeadLetterDetail,
    DeadLetterList,
    ReplayAsk,
    Replayed,
    ReplayedMany,
)
from stellarmap_gateway.views.dead_letters import dead_letter_of, dead_letters_of, replay_many, replay_one

ACCEPTED = 202
router = APIRouter(prefix="/admin", tags=["admin"], dependencies=[*READS, *ADMIN])

LetterId = Annotated[str, Path(alias="id", max_length=300, description="`<topic>:<partition>:<offset>`, as listed.")]


@router.get("/dead-letters", response_model=DeadLetterList, responses=problems(401))
async def dead_letters(  # noqa: PLR0913, PLR0917 - the parameters of the route
    request: Request,
    gateway: GatewayDep,
    limit: Annotated[int, Query(ge=1, le=MAX_LETTERS)] = 100,
    cursor: Annotated[str | None, Query(max_length=1_000, description="`next_cursor` of the page before.")] = None,
    group: Annotated[str | None, Query(max_length=200, description="Of this group alone.")] = None,
    topic: Annotated[
        str | None, Query(max_length=200, description="Of this topic alone: the original, or the dead-letter topic.")
    ] = None,
) -> Response:
    """Records that no handler could take, the newest first, each with its reason."""
    found = await dead_letters_of(gateway, limit=limit, cursor=cursor, group=group, topic=topic)
    return answer(request, found)


@router.get(
    "/dead-letters/{id}",  # noqa: FAST003 - the alias of `letter`
    response_model=DeadLetterDetail,
    responses=problems(401, 404),
)
async def dead_letter(request: Request, gateway: GatewayDep, letter: LetterId) -> Response:
    """One of them with its value and headers."""
    return answer(request, await dead_letter_of(gateway, letter))


@router.post(
    "/dead-letters/replay",
    response_model=ReplayedMany,
    status_code=ACCEPTED,
    responses=problems(400, 401, 413, 415),
)
async def replay_dead_letters(request: Request, gateway: GatewayDep, wanted: Annotated[ReplayAsk, Body()]) -> Response:
    """Gives many back to their groups: those named, or all that were not replayed yet. Safe to repeat."""
    return answer(request, await replay_many(gateway, wanted), status=ACCEPTED)


@router.post(
    "/dead-letters/{id}/replay",  # noqa: FAST003 - the alias of `letter`
    response_model=Replayed,
    status_code=ACCEPTED,
    responses=problems(401, 404),
)
async def replay_dead_letter(request: Request, gateway: GatewayDep, letter: LetterId) -> Response:
    """Gives it back to its group, which handles it as if it came for the first time. Safe to repeat."""
    await replay_one(gateway, letter)
    return answer(request, Replayed(replayed=1), status=ACCEPTED)
