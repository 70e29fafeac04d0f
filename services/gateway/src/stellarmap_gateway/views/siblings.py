"""Who else the creators along a chain created."""

from itertools import takewhile

from stellarmap_common.domain.creation import Incarnation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.strkey import is_contract
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.lineage import SiblingLevel, Siblings
from stellarmap_gateway.views.child_filter import key_of
from stellarmap_gateway.views.child_pages import cursor_after
from stellarmap_gateway.views.children_question import ChildrenQuestion
from stellarmap_gateway.views.counts import counted
from stellarmap_gateway.views.known import not_mapped, refuse_not_found
from stellarmap_gateway.views.lives import children_view, lives_of
from stellarmap_gateway.views.scope import scope_of


async def siblings_of(gateway: Gateway, account: AccountRef, *, levels: int, limit: int) -> Siblings:
    """Siblings level by level. Raises: Missing, when nothing is known of the account."""
    state = await gateway.stores.accounts.state_of(account)
    refuse_not_found(gateway, account, state)
    walk = await gateway.walker.walk(account)
    hops = walk.hops or (await lives_of(gateway, account))[-1:]
    if state is None and not hops:
        raise not_mapped(gateway, account)
    made = list(takewhile(_by_an_account, hops))
    shown = [await _level(gateway, level, hop, limit) for level, hop in enumerate(made[:levels])]
    return Siblings(
        **scope_of(gateway, account.network),
        address=account.address,
        levels=shown,
        truncated=len(made) > levels,
    )


def _by_an_account(hop: Incarnation) -> bool:
    return hop.creation.creator is not None and not is_contract(hop.creation.creator)


async def _level(gateway: Gateway, level: int, hop: Incarnation, limit: int) -> SiblingLevel:
    creator = AccountRef(hop.creation.network, hop.creation.creator or hop.creation.account)
    known = await counted(gateway, creator)
    lives = await lives_of(gateway, creator)
    found = await gateway.stores.creations.children_of(creator, ChildRange(), limit + 2)  # the hop itself, and one more
    siblings = [creation for creation in found if creation != hop.creation]
    views = await children_view(gateway, creator, [hop.creation, *siblings[:limit]], lives=lives)
    return SiblingLevel(
        level=level,
        creator=creator.address,
        creator_created_op=views[0].creator_created_op,
        of=hop.creation.account,
        total=known.total,
        complete=known.complete,
        siblings=views[1:],
        next_cursor=cursor_after(creator, ChildrenQuestion(limit=limit), key_of(siblings[limit - 1]))
        if len(siblings) > limit
        else None,
    )
