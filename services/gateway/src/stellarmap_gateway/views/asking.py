"""Asking for a lineage: answered from the store, or stored as a request that the pipeline takes up."""

from dataclasses import dataclass, replace
from hashlib import sha256
from http import HTTPStatus
from uuid import uuid4

import msgspec
from fastapi import Request as HttpRequest
from fastapi import Response

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.lineage.requests import Ask
from stellarmap_common.ports.networks import Network
from stellarmap_common.ports.request_store import Request, RequestRef
from stellarmap_gateway.answers import answer
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.dependencies import known_network
from stellarmap_gateway.problems import ApiProblem, unprocessable
from stellarmap_gateway.schemas.lineage import Lineage
from stellarmap_gateway.schemas.requests import Ask as Wanted
from stellarmap_gateway.schemas.requests import RequestStatus
from stellarmap_gateway.views.enrichment import refresh_if_stale
from stellarmap_gateway.views.known import name_of
from stellarmap_gateway.views.lineage import lineage_of
from stellarmap_gateway.views.requests import status_of, status_view

TOP = 30


class Given(msgspec.Struct, frozen=True):
    """The answer kept for an `Idempotency-Key`: an id that is empty stands for an answer from the store."""

    asked: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and under which key the answer is kept."""

    client: str
    idempotency_key: str | None


async def ask_for(http: HttpRequest, gateway: Gateway, account: AccountRef, asker: Asker, wanted: Wanted) -> Response:
    """200 with the lineage when it is in the store, else 202 with the request: a new one, or the one its key stands for."""
    network = known_network(gateway, name_of(gateway, account))
    ask = ask_of(gateway, account, asker.client, wanted)
    kept = None if ask.retry else await gateway.searches.answer_to(ask)
    given = await _given(gateway, ask, asker.idempotency_key, kept)
    if not given.request_id:
        await refresh_if_stale(gateway, account)
        return answer(http, kept or await _read(gateway, ask))
    request = await gateway.stores.requests.request(RequestRef(account.network, given.request_id))
    if request is None:
        request = await open_request(gateway, replace(ask, request_id=given.request_id))
    status = await status_view(gateway, network, request)
    location = f"/api/v1/{network.segment}/requests/{request.ref.request_id}"
    return answer(http, status, status=HTTPStatus.ACCEPTED, headers={"location": location})


async def open_request(gateway: Gateway, ask: Ask) -> Request:
    """Afterwards the request is stored, its steps are published, and it is noted that its account was searched for."""
    request = await gateway.requests.ask(ask)
    await gateway.searches.asked(ask.account)
    return request


async def _read(gateway: Gateway, ask: Ask) -> Lineage:
    """The lineage as it is stored; the next search for it may be answered with the same."""
    reading = await gateway.searches.begin(ask.account)
    gateway.notables.forget(ask.account)  # what was read before is not in what is kept for hours
    lineage = await lineage_of(gateway, ask.account, top=TOP)
    await gateway.searches.answered(ask, lineage, reading)
    return lineage


async def cancel_request(gateway: Gateway, network: Network, request_id: str) -> RequestStatus:
    """Afterwards the request waits for nothing more. Raises: Missing. Safe to repeat; a completed one stays completed."""
    await status_of(gateway, network, request_id)
    await gateway.requests.cancel(RequestRef(network.key, request_id))
    return await status_of(gateway, network, request_id)


def ask_of(gateway: Gateway, account: AccountRef, client: str, wanted: Wanted) -> Ask:
    """What is wanted, with the installation's defaults where nothing is said."""
    defaults = gateway.resources.config()
    return Ask(
        account=account,
        budget=defaults.request_budget if wanted.budget is None else wanted.budget,
        depth=defaults.request_depth if wanted.depth is None else wanted.depth,
        pages=defaults.request_pages if wanted.pages is None else wanted.pages,
        retry=wanted.retry,
        client=client,
    )


async def _given(gateway: Gateway, ask: Ask, key: str | None, kept: Lineage | None) -> Given:
    """What is answered: decided once for each key, so that a repeat, also one that runs beside it, makes no second request."""
    asked = f"{ask.budget}|{ask.depth}|{ask.pages}|{ask.retry}"
    if key is None:
        return await _decided(gateway, ask, asked, kept)
    store = gateway.stores.idempotency
    kept_under = _kept_under(ask, key)
    text = await store.answer_to(kept_under)
    if text is None:
        decided = msgspec.json.encode(await _decided(gateway, ask, asked, kept)).decode()
        text = await store.keep(kept_under, decided, gateway.resources.clock.now())
    given = msgspec.json.decode(text, type=Given)
    if given.asked != asked:
        raise reused_key("another request about this account")
    return given


async def is_repeated(gateway: Gateway, ask: Ask, key: str | None) -> bool:
    """True when an answer is kept for this key."""
    return key is not None and await gateway.stores.idempotency.answer_to(_kept_under(ask, key)) is not None


def _kept_under(ask: Ask, key: str) -> str:
    # Keys are chosen by clients, so they may be long, and two clients may choose the same.
    return sha256(f"{ask.client}|{ask.account}|{key}".encode()).hexdigest()


def reused_key(used_for: str) -> ApiProblem:
    """422: the key stands for something else."""
    return unprocessable(
        "idempotency-key-reused",
        f"This Idempotency-Key was used for {used_for}.",
        advice="Choose a new key for each new request, best a UUID.",
        where="header.Idempotency-Key",
    )


async def _decided(gateway: Gateway, ask: Ask, asked: str, kept: Lineage | None) -> Given:
    answered = kept is not None or (not ask.retry and await gateway.requests.answered(ask))
    return Given(asked, "" if answered else str(uuid4()))
