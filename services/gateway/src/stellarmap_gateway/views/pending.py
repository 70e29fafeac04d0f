"""Accounts on their way through the pipeline."""

from datetime import datetime

from stellarmap_common.domain.status import AccountStatus
from stellarmap_common.ports.account_store import UNFINISHED, AccountState
from stellarmap_common.ports.networks import Network
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.requests import Pending, PendingAccount
from stellarmap_gateway.views.scope import scope_of


async def pending_of(gateway: Gateway, network: Network, limit: int) -> Pending:
    """The newest attempts first."""
    now = gateway.resources.clock.now()
    states = await gateway.stores.accounts.states(network.key, UNFINISHED, limit=limit + 1)
    figures = await gateway.stores.accounts.figures(network.key)
    shown = states[:limit]
    unread = await gateway.stuck.oldest_unread(network.key)
    return Pending(
        **scope_of(gateway, network.key),
        accounts=[_account(state, now, stuck=await is_stuck(gateway, state, now, unread)) for state in shown],
        total=max(figures.pending, len(states)),
        truncated=len(states) > limit,
    )


async def is_stuck(gateway: Gateway, state: AccountState, now: datetime, unread: datetime | None) -> bool:
    """True when nothing has happened to it for long, and nothing will by itself. `unread`: since when a step waits in a queue."""
    # The runs of an account tell of its latest page; of a young one nobody needs to know.
    begun = state.processing_started_at or state.last_pipeline_attempt or state.requested_at
    if begun is None or now - begun <= gateway.stuck.soonest:
        return False
    return gateway.stuck.is_stuck(state, await gateway.stuck.since(state), now, unread)


def _account(state: AccountState, now: datetime, *, stuck: bool) -> PendingAccount:
    processing = state.status is AccountStatus.PROCESSING
    since = (state.processing_started_at if processing else None) or state.last_pipeline_attempt or state.requested_at
    age = now - since if since else None
    return PendingAccount(
        address=state.ref.address,
        status=state.status,
        request_id=state.request_id or None,
        requested_at=state.requested_at,
        processing_started_at=state.processing_started_at,
        last_pipeline_attempt=state.last_pipeline_attempt,
        age_s=round(age.total_seconds(), 1) if age is not None else None,
        stuck=stuck,
        retry_count=state.retry_count,
        last_error=state.last_error,
    )
