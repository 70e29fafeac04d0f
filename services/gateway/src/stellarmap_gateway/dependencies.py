"""What routes share: the network and the account of a path, the limits of a client, no unknown query parameters."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from fastapi import Depends, Path, Request
from fastapi.dependencies.models import Dependant

from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.strkey import InvalidStrkey, StrkeyKind, decode_strkey
from stellarmap_common.ports.networks import Network
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.problems import Missing, network_was_reset, secret_seed, unprocessable
from stellarmap_gateway.schemas.problem import WayOut

PROBLEM_CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_MEANINGS = {
    400: "The body cannot be read",
    401: "The admin token is missing or wrong",
    403: "A page of another site may not change anything here",
    404: "Unknown network, or nothing here",
    409: "It is not, or no longer, in a state in which this can be done; `type` says why",
    410: "The network was reset: this epoch of it is over, and can only be read",
    413: "The body is over 256 KiB",
    414: "The address of the request is too long",
    415: "The body is not JSON",
    421: "This installation does not answer under that name",
    422: "Not a valid request",
    429: "Too many from this client; Retry-After says how long to wait",
    431: "Too many headers",
    500: "A mistake of ours; the log has it under the request id",
    502: "A source that had to be asked does not answer",
    503: "The store, or another part, does not answer now; Retry-After says when to try again",
}


async def opened(request: Request) -> Gateway:
    """The gateway behind this app."""
    gateway: Gateway = request.app.state.gateway
    return gateway


GatewayDep = Annotated[Gateway, Depends(opened)]


async def network_of(
    gateway: GatewayDep,
    network: Annotated[
        str,
        Path(
            description="public, testnet or sandbox; testnet-1 and the like for an epoch that is over",
            examples=["sandbox"],
        ),
    ],
) -> Network:
    """The network in the path: its current epoch by its name, any epoch by its key. Raises: Missing."""
    found = known_network(gateway, network)
    gateway.reachability.look(found)
    return found


def known_network(gateway: Gateway, name: str) -> Network:
    """The current epoch of the network of that name, or the epoch of that key. Raises: Missing."""
    found = gateway.resources.networks.named(name)
    if found is None:
        raise Missing(
            "unknown-network",
            "This installation has no network of that name.",
            advice="GET /api/v1/networks lists them; the setting STELLARMAP_NETWORKS chooses them.",
        )
    return found


NetworkDep = Annotated[Network, Depends(network_of)]


async def current_network_of(network: NetworkDep, request: Request) -> Network:
    """The network in the path, for those who ask for more than is stored. Raises: ApiProblem, when its epoch is over."""
    if not network.current:
        path = request.url.path.replace(f"/{network.key}/", f"/{network.name}/", 1)
        raise network_was_reset(f"{network.over}.", WayOut(method=request.method, href=path))
    return network


CurrentNetworkDep = Annotated[Network, Depends(current_network_of)]


async def account_of(
    network: NetworkDep, address: Annotated[str, Path(description="The account's address, G….")]
) -> AccountRef:
    """The account in the path. Raises: ApiProblem; the text itself is never repeated."""
    return AccountRef(network.key, known_address(address, "path.address"))


AccountDep = Annotated[AccountRef, Depends(account_of)]


async def current_account_of(account: AccountDep, _: CurrentNetworkDep) -> AccountRef:
    """The account in the path, for those who ask for more than is stored. Raises: ApiProblem."""
    return account


CurrentAccountDep = Annotated[AccountRef, Depends(current_account_of)]


def known_address(text: str, where: str) -> Address:
    """The G… address that `text` is. Raises: ApiProblem; the text itself is never repeated."""
    try:
        kind, _ = decode_strkey(text)
    except InvalidStrkey as error:
        if text[:1] in {"S", "s"}:
            raise secret_seed() from None
        raise unprocessable(
            "invalid-address",
            f"This does not name an account: {error}.",
            advice="POST anything that was pasted to /api/v1/{network}/resolve; it answers with the address.",
            where=where,
        ) from None
    if kind is StrkeyKind.SEED:
        raise secret_seed()
    if kind is not StrkeyKind.ACCOUNT:
        raise unprocessable(
            "not-an-account",
            "Only accounts (G…) have a lineage here; muxed addresses and contracts do not stand for themselves.",
            advice="POST it to /api/v1/{network}/resolve to get the account behind an M….",
            where=where,
        )
    return Address(text)


async def reading(request: Request, gateway: GatewayDep) -> str:
    """The client. Raises: ApiProblem when it reads faster than it may, or a parameter is not known."""
    client = gateway.clients.of(request.scope)
    gateway.limits.read(client)
    _refuse_unfit_parameters(request)
    return client


async def asking(request: Request, gateway: GatewayDep) -> str:
    """The client. Raises: ApiProblem when it asks faster than it may, or a parameter is not known."""
    client = gateway.clients.of(request.scope)
    gateway.limits.ask(client)
    _refuse_unfit_parameters(request)
    return client


ClientDep = Annotated[str, Depends(reading)]
READS = [Depends(reading)]


def _refuse_unfit_parameters(request: Request) -> None:
    """A typo must not widen an answer, and of two values none is left out without a word.

    Names are repeated back no more than values: a pasted seed may stand in either.
    """
    if not request.scope["query_string"]:
        return
    known = dict(_parameters(request.scope["route"].dependant))
    given = Counter(name for name, _ in request.query_params.multi_items())
    if any(name not in known for name in given):
        raise unprocessable(
            "unknown-parameter",
            f"The query has a parameter this path does not know. Known: {', '.join(sorted(known)) or 'none'}.",
            advice="Remove it, or correct its name.",
            where="query",
        )
    if any(times > 1 and not known[name] for name, times in given.items()):
        raise unprocessable(
            "repeated-parameter",
            "The query has a parameter twice of which this path takes one value.",
            advice="Send it once.",
            where="query",
        )


def _parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """Their names, and whether more than one value may be sent."""
    for field in dependant.query_params:
        annotation = field.field_info.annotation
        yield field.alias, any(get_origin(each) is list for each in (annotation, *get_args(annotation)))
    for needed in dependant.dependencies:
        yield from _parameters(needed)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem answers of a route, for its contract: these, and those that every route may give."""
    told = sorted({*statuses, 422, 429, 503})
    return {status: {"description": _MEANINGS[status], "content": PROBLEM_CONTENT} for status in told}
