"""Retrying: asking again for what failed, where something did."""

from http import HTTPStatus

from fastapi import Request as HttpRequest
from fastapi import Response

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import AccountStatus
from stellarmap_common.lineage.walk import WalkState
from stellarmap_common.ports.account_store import UNFINISHED, AccountState
from stellarmap_common.ports.request_store import RequestRef, RowState
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.problems import ApiProblem
from stellarmap_gateway.schemas.problem import WayOut
from stellarmap_gateway.schemas.requests import Ask as Wanted
from stellarmap_gateway.views.asking import Asker, ask_for, ask_of, is_repeated
from stellarmap_gateway.views.known import asked_at, name_of, not_mapped, refusals_of
from stellarmap_gateway.views.pending import is_stuck

_ENDED_BADLY = (AccountStatus.FAILED, AccountStatus.ERROR, AccountStatus.NOT_FOUND)


async def ask_again(http: HttpRequest, gateway: Gateway, account: AccountRef, asker: Asker) -> Response:
    """202 with a request that runs again what failed. Raises: ApiProblem, where nobody asked yet, or nothing failed."""
    wanted = Wanted(retry=True)
    if not await is_repeated(gateway, ask_of(gateway, account, asker.client, wanted), asker.idempotency_key):
        await _refuse_needless(gateway, account)
    return await ask_for(http, gateway, account, asker, wanted)


async def _refuse_needless(gateway: Gateway, account: AccountRef) -> None:
    known = await gateway.stores.known.known_of(account)
    state = known.state
    if state is None:
        raise not_mapped(gateway, account)
    if state.status in _ENDED_BADLY:
        return
    if state.status in UNFINISHED:
        if await _is_worked_on(gateway, state):
            raise _in_progress(gateway, state)
        return
    if any(not refusal.read_by_api for refusal in refusals_of(known)) or await _lacks_an_expansion(gateway, state):
        return
    walk = await gateway.walker.walk(account, known=known)
    if walk.state in {WalkState.GENESIS, WalkState.CONTRACT}:
        raise _nothing_failed(gateway, account)


async def _is_worked_on(gateway: Gateway, state: AccountState) -> bool:
    """True while a request waits for the account, and something may still happen to it by itself."""
    ref = RequestRef(state.ref.network, state.request_id)
    request = await gateway.stores.requests.request(ref) if state.request_id else None
    if request is None or request.completed:
        return False
    unread = await gateway.stuck.oldest_unread(state.ref.network)
    return not await is_stuck(gateway, state, gateway.resources.clock.now(), unread)


async def _lacks_an_expansion(gateway: Gateway, state: AccountState) -> bool:
    """True when children that its latest request was granted could not be read."""
    rows = await gateway.stores.requests.rows(RequestRef(state.ref.network, state.request_id))
    return any(row.state is RowState.FAILED for row in rows)


def _in_progress(gateway: Gateway, state: AccountState) -> ApiProblem:
    href = f"/api/v1/{name_of(gateway, state.ref)}/requests/{state.request_id}"
    return ApiProblem(
        HTTPStatus.CONFLICT,
        "in-progress",
        f"This account is being mapped: it is {state.status}, and nothing of it has failed.",
        advice="GET `way_out` to follow it; the live stream tells the same. It may be retried when it has failed.",
        way_out=WayOut(method="GET", href=href),
    )


def _nothing_failed(gateway: Gateway, account: AccountRef) -> ApiProblem:
    return ApiProblem(
        HTTPStatus.CONFLICT,
        "nothing-failed",
        "This account is mapped, and nothing of it has failed.",
        advice="POST to `way_out` to have balance, domain, assets and tags read again; POST to …/requests to map more of it.",
        way_out=WayOut(method="POST", href=f"{asked_at(gateway, account)}/refresh"),
    )
