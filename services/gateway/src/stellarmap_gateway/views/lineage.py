"""The first view: the chain to genesis, and the children at a glance. Its size does not depend on how many there are."""

import asyncio

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.lineage.walk import WalkState
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.lineage import ChildSet, Lineage, LineageState
from stellarmap_gateway.views.counts import Counted, counted_by_month, known_and_counted
from stellarmap_gateway.views.known import not_mapped, refusals_of, refuse_not_found
from stellarmap_gateway.views.life import chain_view
from stellarmap_gateway.views.lives import is_genesis, lives_known, lives_view
from stellarmap_gateway.views.months import groups, histogram
from stellarmap_gateway.views.notable import NotableSet, notable_of
from stellarmap_gateway.views.profile import present_life
from stellarmap_gateway.views.scope import scope_of


async def lineage_of(gateway: Gateway, account: AccountRef, *, top: int) -> Lineage:
    """The lineage. Raises: Missing, when nothing is known of the account or the network does not have it."""
    known, children = await known_and_counted(gateway, account)
    state, lives = known.state, lives_known(gateway, account, known)
    refuse_not_found(gateway, account, state)
    if state is None and not children.total and (not lives or is_genesis(gateway, account)):
        raise not_mapped(gateway, account)
    walk, child_set = await asyncio.gather(
        gateway.walker.walk(account, known=known), _child_set(gateway, account, children, top)
    )
    views = await lives_view(gateway, lives, walk.hops)
    return Lineage(
        **scope_of(gateway, account.network),
        address=account.address,
        status=state.status if state else None,
        request_id=(state.request_id or None) if state else None,
        pipeline_source=state.pipeline_source if state else None,
        refusals=refusals_of(known),
        lineage=LineageState(walk.state),
        complete=walk.state is not WalkState.PENDING and children.done,
        pending_address=walk.pending.address if walk.pending else None,
        creator_unknown_reason=walk.reason,
        incarnation=present_life(views),
        incarnations=views,
        ancestors=chain_view(walk.hops)[1:],
        children=child_set,
    )


async def _child_set(gateway: Gateway, account: AccountRef, known: Counted, top: int) -> ChildSet:
    (counts, undated), notable = await asyncio.gather(
        counted_by_month(gateway, account, known), _notable(gateway, account, known, top)
    )
    months = histogram(counts, undated)
    return ChildSet(
        **known.view().model_dump(),
        notable=notable.named,
        notable_total=notable.total,
        notable_truncated=notable.truncated,
        groups=groups(months),
        histogram=months,
    )


async def _notable(gateway: Gateway, account: AccountRef, known: Counted, top: int) -> NotableSet:
    return await notable_of(gateway, account, top) if known.total else NotableSet([], 0, truncated=False)
