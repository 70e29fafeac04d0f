"""Stellar Expert's routes: one creator for each address, and the directory."""

from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stellarmap_common.domain.strkey import InvalidStrkey
from stellarmap_sandbox.keys import GENESIS
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.profiles import Listed, all_listed, held_asset, listed
from stellarmap_sandbox.rows import LAST_PAYMENT, NONE
from stellarmap_sandbox.spec import close_time
from stellarmap_sandbox.world import World

_NO_ACCOUNT: Final = "Not found. Account was not found on the ledger. Check if you specified account address correctly."
_INVALID: Final = 'Bad request. Invalid parameter: "account". Invalid account public key.'
_MOST_ADDRESSES: Final = 50
_COUNTED: Final = 5_000  # payments are counted so far


class _Refused(Exception):
    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


class _Routes:
    def __init__(self, world: World) -> None:
        self._world = world

    async def account(self, request: Request) -> Response:
        network = self._network()
        number = _number(network, request.path_params["account"])
        if number is None or not (number == GENESIS or _creation(network, number) is not None):
            raise _Refused(404, _NO_ACCOUNT)
        return _json(_account(network, number))

    async def directory_entry(self, request: Request) -> Response:
        network, address = self._network(), request.path_params["address"]
        number = _number(network, address)
        entry = None if number is None or number >= len(network.accounts) else listed(network, number)
        if entry is None:
            raise _Refused(404, "Not found.")
        return _json(_entry(address, entry))

    async def directory(self, request: Request) -> Response:
        """The entries of the addresses asked for; without any, the named ones."""
        network, addresses = self._network(), request.query_params.getlist("address[]")[:_MOST_ADDRESSES]
        if addresses:
            numbers = [number for address in addresses if (number := _number(network, address)) is not None]
            found = [(number, entry) for number in numbers if (entry := listed(network, number))]
        else:
            found = all_listed(network)
        records = [_entry(network.keys.address(number), entry) for number, entry in found]
        records = [
            {**record, "paging_token": record["address"]} for record in sorted(records, key=lambda r: str(r["address"]))
        ]
        link = {"href": f"{request.scope['path']}?{request.url.query}".rstrip("?")}
        return _json({"_links": dict.fromkeys(("self", "prev", "next"), link), "_embedded": {"records": records}})

    def _network(self) -> Network:
        if self._world.network is None:
            raise _Refused(503, "Service unavailable.")
        return self._world.network


def expert_app(world: World) -> Starlette:
    """The ASGI app that answers as Stellar Expert does."""
    of = _Routes(world)
    return Starlette(
        routes=[
            Route("/account/{account}", of.account),
            Route("/directory", of.directory),
            Route("/directory/{address}", of.directory_entry),
        ],
        exception_handlers={_Refused: _refused, 404: _unknown},
    )


def _account(network: Network, number: int) -> dict[str, object]:
    rows, creation = network.rows, _creation(network, number)
    ledger = 1 if creation is None else rows.op[creation] >> 32
    held = held_asset(network, number)
    entries = network.entries(number)
    return {
        "account": network.keys.address(number),
        **({} if creation is None else {"creator": network.keys.address(rows.a[creation])}),
        "activity": {"monthly": "none", "yearly": "low"},
        "assets": ["XLM", *([f"{held[0].code}-{network.keys.address(held[0].issuer)}-1"] if held else [])],
        "payments": sum(1 for entry in entries[-_COUNTED:] if rows.kind[entry >> 1] <= LAST_PAYMENT),
        "trades": 0,
        "created": int(close_time(ledger).timestamp()),
        **({} if network.exists(number) else {"deleted": True}),
    }


def _creation(network: Network, number: int) -> int | None:
    """The row of the latest creation: Expert knows one creator for each address."""
    if number >= len(network.accounts) or network.accounts.born[number] == NONE:
        return None
    return network.accounts.born[number]


def _number(network: Network, address: str) -> int | None:
    try:
        return network.number_of(address)
    except InvalidStrkey:
        raise _Refused(400, _INVALID) from None


def _entry(address: str, entry: Listed) -> dict[str, object]:
    domain = {"domain": entry.domain} if entry.domain else {}
    return {"address": address, **domain, "name": entry.name, "tags": list(entry.tags)}


def _json(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json; charset=utf-8")


async def _refused(_request: Request, refused: Exception) -> Response:
    assert isinstance(refused, _Refused)  # noqa: S101 - it is registered for nothing else
    return _json({"error": refused.error, "status": refused.status}, refused.status)


async def _unknown(_request: Request, _error: Exception) -> Response:
    return _json({"error": "Not found.", "status": 404}, 404)
