"""Accounts as far as they are mapped: profile, lineage, children, rings, export, siblings, tree, stages."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from stellarmap_gateway.answers import answer
from stellarmap_gateway.dependencies import READS, AccountDep, ClientDep, GatewayDep, problems
from stellarmap_gateway.schemas.export import AccountExport
from stellarmap_gateway.schemas.lineage import ChildAt, Children, Lineage, Profile, Siblings
from stellarmap_gateway.schemas.requests import Stages
from stellarmap_gateway.schemas.tree import Tree
from stellarmap_gateway.views.child_filter import ChildFilter
from stellarmap_gateway.views.children import children_page
from stellarmap_gateway.views.children_question import ChildrenQuestion, Sorting
from stellarmap_gateway.views.export.answer import MEDIA_TYPES, ExportFormat, export_of
from stellarmap_gateway.views.known_filter import KnownFilter
from stellarmap_gateway.views.lineage import lineage_of
from stellarmap_gateway.views.profile import profile_of
from stellarmap_gateway.views.rings import OCTETS, child_at, rings_answer
from stellarmap_gateway.views.siblings import siblings_of
from stellarmap_gateway.views.stages import stages_of
from stellarmap_gateway.views.tree import TreeQuestion, tree_of

MAX_CHILDREN = 500
MAX_INDEX = 2**31 - 1
MAX_LEVELS = 32
MAX_SIBLINGS = 100
MAX_DEPTH = 5
MAX_NODES = 2_000

router = APIRouter(prefix="/{network}/accounts/{address}", tags=["accounts"], dependencies=READS)


class Grouping(StrEnum):
    """What children are grouped by."""

    TIME = "time"


@router.get("", response_model=Profile, responses=problems(404))
async def profile(request: Request, gateway: GatewayDep, account: AccountDep) -> Response:
    """The account as far as it is mapped."""
    return answer(request, await profile_of(gateway, account))


@router.get("/lineage", response_model=Lineage, responses=problems(404))
async def lineage(
    request: Request,
    gateway: GatewayDep,
    account: AccountDep,
    top: Annotated[int, Query(ge=0, le=30, description="How many notable children to name.")] = 30,
    group: Annotated[Grouping, Query(description="What the children are grouped by.")] = Grouping.TIME,  # noqa: ARG001 - the only one yet
) -> Response:
    """The chain to genesis with evidence, and the children at a glance: about 4 KB however many there are."""
    return answer(request, await lineage_of(gateway, account, top=top))


async def chosen_children(
    *,
    since: Annotated[
        str | None,
        Query(alias="from", max_length=40, description="Created at or after: a month, a day or a date-time in UTC."),
    ] = None,
    until: Annotated[
        str | None,
        Query(
            alias="to", max_length=40, description="Created at or before: a month or a day (all of it), or a date-time."
        ),
    ] = None,
    q: Annotated[str | None, Query(max_length=56, description="Part of the address.")] = None,
) -> ChildFilter:
    """Which children are meant. Raises: ApiProblem."""
    return ChildFilter.read(since=since, until=until, q=q)


ChosenDep = Annotated[ChildFilter, Depends(chosen_children)]


async def known_children(
    *,
    issuers: Annotated[bool, Query(description="Only those that are known to issue assets.")] = False,
    balance_min: Annotated[
        str | None, Query(max_length=40, description="Only those whose balance is known, and at least this, in XLM.")
    ] = None,
    balance_max: Annotated[
        str | None, Query(max_length=40, description="Only those whose balance is known, and at most this, in XLM.")
    ] = None,
    asset: Annotated[
        str | None,
        Query(
            max_length=80,
            description="Only those that are known to issue an asset of this code; CODE-ISSUER: that very asset.",
        ),
    ] = None,
) -> KnownFilter:
    """Which of the known ones are meant. Raises: ApiProblem."""
    return KnownFilter.read(issuers=issuers, balance_min=balance_min, balance_max=balance_max, asset=asset)


async def asked_children(
    *,
    chosen: ChosenDep,
    known: Annotated[KnownFilter, Depends(known_children)],
    cursor: Annotated[str | None, Query(max_length=512, description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_CHILDREN)] = 100,
    sort: Annotated[
        Sorting,
        Query(
            description="created: in operation order; balance, children: of those of whom it is known, those first that "
            "have most, or have created most."
        ),
    ] = Sorting.CREATED,
) -> ChildrenQuestion:
    """Which page of them is asked for."""
    return ChildrenQuestion(cursor=cursor, limit=limit, sort=sort, chosen=chosen, known=known)


@router.get("/children", response_model=Children, responses=problems(404))
async def children(
    request: Request,
    gateway: GatewayDep,
    account: AccountDep,
    question: Annotated[ChildrenQuestion, Depends(asked_children)],
) -> Response:
    """A page of what the account created: of all, in operation order; or of those of whom it is known what is asked for."""
    return answer(request, await children_page(gateway, account, question))


@router.get("/children/at", response_model=ChildAt, responses=problems(404))
async def child_of_dot(
    request: Request,
    gateway: GatewayDep,
    account: AccountDep,
    i: Annotated[int, Query(ge=0, le=MAX_INDEX, description="Counted from 0, in the order of the rings.")],
) -> Response:
    """Who the dot of that index in the rings is."""
    return answer(request, await child_at(gateway, account, i))


@router.get(
    "/rings",
    response_class=Response,
    responses={
        200: {
            "description": "Dots: of each child the minute of its creation, and the class of its starting balance; "
            "docs/children.md says how",
            "content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}},
        },
        **problems(404),
    },
)
async def rings(request: Request, gateway: GatewayDep, account: AccountDep) -> Response:
    """Every child as a dot, in operation order: about a byte each, packed."""
    return await rings_answer(gateway, account, request)


@router.get(
    "/export",
    response_class=Response,
    responses={
        200: {
            "model": AccountExport,
            "description": "A file: of CSV, a line for each child; of JSON and GraphML, the ancestors too",
            "content": {media_type: {} for media_type in MEDIA_TYPES.values()},
        },
        **problems(404),
    },
)
async def export(
    gateway: GatewayDep,
    account: AccountDep,
    client: ClientDep,
    form: Annotated[ExportFormat, Query(alias="format")],
    chosen: ChosenDep,
) -> Response:
    """Every child that was chosen, however many there are, in operation order: sent while it is read.

    What was cut short can be told: CSV then lacks the last line, whose `row` is `end`; JSON and GraphML cannot be read.
    """
    return await export_of(gateway, account, chosen, form, client=client)


@router.get("/siblings", response_model=Siblings, responses=problems(404))
async def siblings(
    request: Request,
    gateway: GatewayDep,
    account: AccountDep,
    levels: Annotated[int, Query(ge=1, le=MAX_LEVELS, description="How many levels of the chain, nearest first.")] = 3,
    limit: Annotated[int, Query(ge=1, le=MAX_SIBLINGS, description="How many siblings of each level.")] = 20,
) -> Response:
    """Who else the creators along the chain created, level by level."""
    return answer(request, await siblings_of(gateway, account, levels=levels, limit=limit))


async def asked_tree(
    *,
    depth: Annotated[int, Query(ge=1, le=MAX_DEPTH, description="Levels below the account.")] = 2,
    limit: Annotated[int, Query(ge=1, le=MAX_NODES, description="Nodes at most, the account among them.")] = 200,
    life: Annotated[
        str | None,
        Query(
            pattern=r"^[0-9]{1,19}$",
            description="`created_op` of the life of the account that is meant; default: the present one, or the last.",
        ),
    ] = None,
) -> TreeQuestion:
    """How much of the tree is asked for."""
    return TreeQuestion(depth=depth, limit=limit, life=life)


@router.get("/tree", response_model=Tree, responses=problems(404))
async def tree(
    request: Request,
    gateway: GatewayDep,
    account: AccountDep,
    client: ClientDep,
    question: Annotated[TreeQuestion, Depends(asked_tree)],
) -> Response:
    """What one life of the account created, and what that created: nested, level by level, each in operation order."""
    gateway.limits.search(client)  # it reads as much
    return answer(request, await tree_of(gateway, account, question))


@router.get("/stages", response_model=Stages, responses=problems(404))
async def stages(
    request: Request,
    gateway: GatewayDep,
    account: AccountDep,
    of: Annotated[
        str | None, Query(alias="request", max_length=64, description="Id of a request; default: the latest one.")
    ] = None,
) -> Response:
    """The eight stages of one request about the account."""
    return answer(request, await stages_of(gateway, account, of))
