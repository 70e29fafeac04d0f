"""Standings: the board, its movement, and where one account stands."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from stellarmap_common.domain.standing import MOST_BOARD_SIZE, ChangeType
from stellarmap_gateway.answers import answer
from stellarmap_gateway.dependencies import READS, AccountDep, GatewayDep, NetworkDep, problems
from stellarmap_gateway.schemas.standings import (
    AccountRank,
    Period,
    RankLines,
    StandingChanges,
    Standings,
    StandingSummary,
    TopMovers,
    Volatility,
)
from stellarmap_gateway.views.standings.board import board_page
from stellarmap_gateway.views.standings.changes import ChangesQuestion, account_changes, network_changes
from stellarmap_gateway.views.standings.export import CSV, export_of
from stellarmap_gateway.views.standings.lines import rank_lines
from stellarmap_gateway.views.standings.movers import top_movers
from stellarmap_gateway.views.standings.rank import rank_of
from stellarmap_gateway.views.standings.summary import summary_of
from stellarmap_gateway.views.standings.volatility import volatility_of

MAX_ROWS = MOST_BOARD_SIZE
MAX_CHANGES = 500
MAX_MOVERS = 100
MAX_DAYS = 31  # closings lapse
MAX_LISTED = 8_192

router = APIRouter(prefix="/{network}/standings", tags=["standings"], dependencies=READS)
of_accounts = APIRouter(prefix="/{network}/accounts/{address}", tags=["standings"], dependencies=READS)

Threshold = Annotated[
    int | None, Query(description="In XLM, one of those that accounts are ranked by; default: the default threshold.")
]
PeriodQuery = Annotated[Period, Query(description="What badges compare with.")]
Cursor = Annotated[str | None, Query(max_length=512, description="`next_cursor` of the page before.")]
Days = Annotated[int, Query(ge=1, le=MAX_DAYS, description="How many days (UTC), today included.")]
Types = Annotated[list[ChangeType] | None, Query(alias="type", max_length=20, description="Of these types alone.")]


@router.get("", response_model=Standings, responses=problems(404))
async def standings(  # noqa: PLR0913, PLR0917 - the parameters of the route
    request: Request,
    gateway: GatewayDep,
    network: NetworkDep,
    threshold: Threshold = None,
    period: PeriodQuery = Period.DAY,
    limit: Annotated[int, Query(ge=1, le=MAX_ROWS)] = 100,
    cursor: Cursor = None,
) -> Response:
    """A page of the board: who stands at the threshold, the largest balance first, with what changed since."""
    found = await board_page(gateway, network, threshold=threshold, period=period, limit=limit, cursor=cursor)
    return answer(request, found)


async def asked_changes(  # noqa: PLR0913 - the parameters of the query
    *,
    threshold: Threshold = None,
    types: Types = None,
    since: Annotated[
        str | None, Query(alias="from", max_length=40, description="At or after: a month, a day or a date-time in UTC.")
    ] = None,
    until: Annotated[
        str | None,
        Query(alias="to", max_length=40, description="At or before: a month or a day (all of it), or a date-time."),
    ] = None,
    home_domain: Annotated[str | None, Query(max_length=255, description="Part of the home domain.")] = None,
    min_balance: Annotated[str | None, Query(max_length=32, description="In XLM, after the change.")] = None,
    max_balance: Annotated[str | None, Query(max_length=32, description="In XLM, after the change.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_CHANGES)] = 100,
    cursor: Cursor = None,
) -> ChangesQuestion:
    """Which changes are asked for. Raises: ApiProblem."""
    return ChangesQuestion.read(
        threshold=threshold,
        types=types,
        since=since,
        until=until,
        home_domain=home_domain,
        min_balance=min_balance,
        max_balance=max_balance,
        limit=limit,
        cursor=cursor,
    )


@router.get("/changes", response_model=StandingChanges, responses=problems(404))
async def standing_changes(
    request: Request,
    gateway: GatewayDep,
    network: NetworkDep,
    question: Annotated[ChangesQuestion, Depends(asked_changes)],
) -> Response:
    """What changed at the threshold, newest first."""
    return answer(request, await network_changes(gateway, network, question))


@router.get("/top-movers", response_model=TopMovers, responses=problems(404))
async def movers(  # noqa: PLR0913, PLR0917 - the parameters of the route
    request: Request,
    gateway: GatewayDep,
    network: NetworkDep,
    threshold: Threshold = None,
    period: PeriodQuery = Period.DAY,
    limit: Annotated[int, Query(ge=1, le=MAX_MOVERS, description="Of each kind.")] = 10,
) -> Response:
    """Who won and lost most places and balance within the period, who entered, and who exited."""
    return answer(request, await top_movers(gateway, network, threshold=threshold, period=period, limit=limit))


@router.get("/volatility", response_model=Volatility, responses=problems(404))
async def volatility(
    request: Request, gateway: GatewayDep, network: NetworkDep, threshold: Threshold = None, days: Days = 7
) -> Response:
    """How much changed at the threshold, day by day."""
    return answer(request, await volatility_of(gateway, network, threshold=threshold, days=days))


@router.get("/ranks", response_model=RankLines, responses=problems(404))
async def ranks(
    request: Request,
    gateway: GatewayDep,
    network: NetworkDep,
    accounts: Annotated[str, Query(max_length=MAX_LISTED, description="1 to 100 addresses, comma-separated.")],
    days: Days = 30,
) -> Response:
    """The ranks of some accounts when each day ended, and now."""
    return answer(request, await rank_lines(gateway, network, accounts=accounts, days=days))


@router.get(
    "/export",
    response_class=Response,
    responses={200: {"description": "The board, a line a rank", "content": {CSV: {}}}, **problems(404)},
)
async def export_standings(
    gateway: GatewayDep,
    network: NetworkDep,
    threshold: Threshold = None,
    period: PeriodQuery = Period.DAY,
    limit: Annotated[int, Query(ge=1, le=MAX_ROWS)] = MAX_ROWS,
) -> Response:
    """The board as CSV: each line says of which network, threshold and moment it is, and of what accounts are ranked."""
    return await export_of(gateway, network, threshold=threshold, period=period, limit=limit)


@of_accounts.get("/rank", response_model=AccountRank, responses=problems(404))
async def rank(request: Request, gateway: GatewayDep, account: AccountDep) -> Response:
    """Where the account stands now, as far as its balance is known."""
    return answer(request, await rank_of(gateway, account))


@of_accounts.get("/standing-changes", response_model=StandingChanges, responses=problems(404))
async def changes_of_account(  # noqa: PLR0913, PLR0917 - the parameters of the route
    request: Request,
    gateway: GatewayDep,
    account: AccountDep,
    threshold: Annotated[int | None, Query(description="In XLM; default: at any.")] = None,
    types: Types = None,
    limit: Annotated[int, Query(ge=1, le=MAX_CHANGES)] = 10,
    cursor: Cursor = None,
) -> Response:
    """What changed of the account's standing, newest first."""
    question = ChangesQuestion.read(threshold=threshold, types=types, limit=limit, cursor=cursor)
    return answer(request, await account_changes(gateway, account, question))


@of_accounts.get("/summary", response_model=StandingSummary, responses=problems(404))
async def summary(
    request: Request, gateway: GatewayDep, account: AccountDep, threshold: Threshold = None, days: Days = 30
) -> Response:
    """What became of the account's standing over some days."""
    return answer(request, await summary_of(gateway, account, threshold=threshold, days=days))
