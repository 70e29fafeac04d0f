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
from stellarmap_common.ports.request_store import RequestRef
from stellarmap_gateway.answers import answer
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.dependencies import known_network
from stellarmap_gateway.problems import ApiProblem, unprocessable
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
    given = await _given(gateway, ask, asker.idempotency_key)
    if not given.request_id:
        await refresh_if_stale(gateway, account)
        return answer(http, await lineage_of(gateway, account, top=TOP))
    request = await gateway.stores.requests.request(RequestRef(account.network, given.request_id))
    if request is None:
        request = await gateway.requests.ask(replace(ask, request_id=given.request_id))
    status = await status_view(gateway, network, request)
    location = f"/api/v1/{network.segment}/requests/{request.ref.request_id}"
    return answer(http, status, status=HTTPStatus.ACCEPTED, headers={"location": location})


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


async def _given(gateway: Gateway, ask: Ask, key: str | None) -> Given:
    """What is answered: decided once for each key, so that a repeat, also one that runs beside it, makes no second request."""
    asked = f"{ask.budget}|{ask.depth}|{ask.pages}|{ask.retry}"
    if key is None:
        return await _decided(gateway, ask, asked)
    store = gateway.stores.idempotency
    # Keys are chosen by clients, so they may be long, and two clients may choose the same.
    kept_under = sha256(f"{ask.client}|{ask.account}|{key}".encode()).hexdigest()
    kept = await store.answer_to(kept_under)
    if kept is None:
        decided = msgspec.json.encode(await _decided(gateway, ask, asked)).decode()
        kept = await store.keep(kept_under, decided, gateway.resources.clock.now())
    given = msgspec.json.decode(kept, type=Given)
    if given.asked != asked:
        raise reused_key("another request about this account")
    return given


def reused_key(used_for: str) -> ApiProblem:
    """422: the key stands for something else."""
    return unprocessable(
        "idempotency-key-reused",
        f"This Idempotency-Key was used for {used_for}.",
        advice="Choose a new key for each new request, best a UUID.",
        where="header.Idempotency-Key",
    )


async def _decided(gateway: Gateway, ask: Ask, asked: str) -> Given:
    answered = not ask.retry and await gateway.requests.answered(ask)
    return Given(asked, "" if answered else str(uuid4()))
