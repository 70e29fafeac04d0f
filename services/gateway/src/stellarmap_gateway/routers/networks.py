"""The networks, their figures, what is on its way, and what pasted text names."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from stellarmap_common.ports.lookup_store import SHORTEST_START
from stellarmap_gateway.answers import answer
from stellarmap_gateway.dependencies import READS, ClientDep, GatewayDep, NetworkDep, problems
from stellarmap_gateway.schemas.installation import NetworkList, Overview, ResolveAsk, Resolved
from stellarmap_gateway.schemas.requests import Pending
from stellarmap_gateway.schemas.search import Search
from stellarmap_gateway.schemas.toml import Toml
from stellarmap_gateway.views.networks import network_list
from stellarmap_gateway.views.overview import overview_of
from stellarmap_gateway.views.pending import pending_of
from stellarmap_gateway.views.search import SearchQuestion, search_page
from stellarmap_gateway.views.toml import LONGEST_DOMAIN, toml_of

MAX_PENDING = 500
MAX_TYPED = 100
MAX_FOUND = 50

router = APIRouter(tags=["networks"], dependencies=READS)


@router.get("/networks", response_model=NetworkList, responses=problems())
async def networks(request: Request, gateway: GatewayDep) -> Response:
    """The networks of this installation, whether each can be asked now, and what to do if not."""
    return answer(request, await network_list(gateway))


@router.get("/{network}/overview", response_model=Overview, responses=problems(404))
async def overview(request: Request, gateway: GatewayDep, network: NetworkDep) -> Response:
    """Figures of the network, what was mapped lately, and what is worth seeing."""
    return answer(request, await overview_of(gateway, network))


@router.get("/{network}/pending", response_model=Pending, responses=problems(404))
async def pending(
    request: Request,
    gateway: GatewayDep,
    network: NetworkDep,
    limit: Annotated[int, Query(ge=1, le=MAX_PENDING)] = 100,
) -> Response:
    """Accounts that wait or are being read, the newest attempt first."""
    return answer(request, await pending_of(gateway, network, limit))


@router.get("/{network}/search", response_model=Search, responses=problems(404))
async def search(  # noqa: PLR0913 - the parameters of the query
    request: Request,
    gateway: GatewayDep,
    network: NetworkDep,
    client: ClientDep,
    *,
    q: Annotated[
        str,
        Query(
            min_length=SHORTEST_START,
            max_length=MAX_TYPED,
            description="The start of an address (three letters at least), of a domain, or of a tag of the directory.",
        ),
    ],
    limit: Annotated[int, Query(ge=1, le=MAX_FOUND)] = 10,
    cursor: Annotated[str | None, Query(max_length=512, description="`next_cursor` of the page before.")] = None,
) -> Response:
    """Mapped accounts by what somebody types: by address first, then by domain, then by tag; each once."""
    gateway.limits.search(client)
    return answer(request, await search_page(gateway, network, SearchQuestion.read(q, cursor=cursor, limit=limit)))


@router.post("/{network}/resolve", response_model=Resolved, responses=problems(400, 404, 413, 415, 502))
async def resolve(
    request: Request, gateway: GatewayDep, network: NetworkDep, client: ClientDep, pasted: ResolveAsk
) -> Response:
    """The account or contract that pasted text names. A secret seed is refused, and neither kept, logged nor sent on."""
    return answer(request, await gateway.resolver.resolve(network, pasted.text, client))


@router.get("/{network}/toml", response_model=Toml, responses=problems(404, 502))
async def toml(
    request: Request,
    gateway: GatewayDep,
    network: NetworkDep,
    client: ClientDep,
    domain: Annotated[str, Query(max_length=LONGEST_DOMAIN, description="A home domain, for example stellar.org.")],
) -> Response:
    """What a home domain publishes of itself (SEP-1), asked there: a stranger's text, shown as it is."""
    gateway.limits.ask(client)  # it makes another host work
    return answer(request, await toml_of(gateway, network, domain))
