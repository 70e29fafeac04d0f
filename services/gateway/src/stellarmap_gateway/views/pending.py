"""Accounts on their way through the pipeline."""

from datetime import datetime, timedelta

from stellarmap_common.domain.status import AccountStatus
from stellarmap_common.ports.account_store import UNFINISHED, AccountState
from stellarmap_common.ports.networks import Network
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.requests import Pending, PendingAccount

STUCK_PENDING = timedelta(hours=2)
STUCK_PROCESSING = timedelta(minutes=30)


async def pending_of(gateway: Gateway, network: Network, limit: int) -> Pending:
    """The newest attempts first."""
    now = gateway.resources.clock.now()
    states = await gateway.stores.accounts.states(network.key, UNFINISHED, limit=limit + 1)
    figures = await gateway.stores.accounts.figures(network.key)
    shown = states[:limit]
    return Pending(
        network=network.name,
        network_key=network.key,
        as_of=now,
        accounts=[_account(state, now) for state in shown],
        total=max(figures.pending, len(states)),
        truncated=len(states) > limit,
    )


def _account(state: AccountState, now: datetime) -> PendingAccount:
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
        stuck=age is not None and age > (STUCK_PROCESSING if processing else STUCK_PENDING),
        retry_count=state.retry_count,
        last_error=state.last_error,
    )
