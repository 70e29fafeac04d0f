"""An account as far as it is mapped."""

from stellarmap_common.domain.network import AccountRef
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.common import Life
from stellarmap_gateway.schemas.lineage import LineageState, Profile
from stellarmap_gateway.views.counts import known_and_counted
from stellarmap_gateway.views.enrichment import enrichment_of
from stellarmap_gateway.views.known import not_mapped, refusals_of, refuse_not_found
from stellarmap_gateway.views.lives import is_genesis, lives_known, lives_view
from stellarmap_gateway.views.scope import scope_of


async def profile_of(gateway: Gateway, account: AccountRef) -> Profile:
    """The profile. Raises: Missing, when nobody asked for it or the network does not have it."""
    known, children = await known_and_counted(gateway, account)
    state, lives = known.state, lives_known(gateway, account, known)
    if state is None:
        raise not_mapped(gateway, account)
    refuse_not_found(gateway, account, state)
    await gateway.viewing.note(account)
    walk = await gateway.walker.walk(account, known=known)
    views = await lives_view(gateway, lives, walk.hops)
    present = present_life(views)
    return Profile(
        **scope_of(gateway, account.network),
        address=account.address,
        status=state.status,
        pipeline_source=state.pipeline_source,
        refusals=refusals_of(known),
        request_id=state.request_id or None,
        is_genesis=is_genesis(gateway, account),
        incarnation=present,
        incarnations=views,
        merged=present is not None and present.ended_op is not None,
        creator=present.creator if present else None,
        created_at=present.created_at if present else None,
        creator_unknown_reason=walk.reason,
        hops=max(len(walk.hops) - 1, 0),
        lineage=LineageState(walk.state),
        children=children.view(),
        enrichment=await enrichment_of(gateway, account),
        requested_at=state.requested_at,
        processing_started_at=state.processing_started_at,
        last_pipeline_attempt=state.last_pipeline_attempt,
        completed_at=state.completed_at,
        retry_count=state.retry_count,
        last_error=state.last_error,
    )


def present_life(lives: list[Life]) -> Life | None:
    """The present life, or the last one: the latest of those with a ledger, else the first of the others."""
    placed = [life for life in lives if life.created_op is not None]
    return placed[-1] if placed else next(iter(lives), None)
