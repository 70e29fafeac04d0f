"""What is exported, read portion by portion: no more of a hub is held than one, however many children it has."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from stellarmap_common.domain.creation import Creation, Incarnation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.common import Life
from stellarmap_gateway.schemas.export import ExportHead
from stellarmap_gateway.schemas.lineage import LineageState
from stellarmap_gateway.views.child_filter import ChildFilter, key_of, made_within
from stellarmap_gateway.views.counts import known_and_counted
from stellarmap_gateway.views.life import chain_view
from stellarmap_gateway.views.lives import children_view, known_lives, lives_view
from stellarmap_gateway.views.scope import scope_of

READ_TOGETHER = 500  # others are served between two portions

Portions = AsyncIterator[list[Life]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """The head, and the children that follow it in operation order."""

    head: ExportHead
    portions: Portions


async def exported(gateway: Gateway, account: AccountRef, chosen: ChildFilter) -> Exported:
    """What is to be written. Raises: Missing, when nothing is known of the account."""
    stored, known = await known_and_counted(gateway, account)
    lives = known_lives(gateway, account, stored, known)
    walk = await gateway.walker.walk(account, known=stored)
    head = ExportHead(
        **scope_of(gateway, account.network),
        address=account.address,
        since=chosen.since,
        until=chosen.until,
        q=chosen.part,
        total=known.total,
        complete=known.complete,
        lineage=LineageState(walk.state),
        creator_unknown_reason=walk.reason,
        incarnations=await lives_view(gateway, lives, walk.hops),
        ancestors=chain_view(walk.hops)[1:],
    )
    within = await chosen.span_of(gateway, account)
    return Exported(head=head, portions=_portions(gateway, account, chosen, within, lives=lives))


async def _portions(
    gateway: Gateway, account: AccountRef, chosen: ChildFilter, within: ChildRange, *, lives: Sequence[Incarnation]
) -> Portions:
    async for made in _creations(gateway, account, chosen, within):
        if made:
            yield await children_view(gateway, account, made, lives=lives)


async def _creations(
    gateway: Gateway, account: AccountRef, chosen: ChildFilter, within: ChildRange
) -> AsyncIterator[Sequence[Creation]]:
    if child := chosen.whole_address:
        yield (await made_within(gateway, account, child, within))[0]
        return
    after = within.after
    while True:
        made = await gateway.stores.creations.children_of(
            account, ChildRange(after, within.since, within.up_to), READ_TOGETHER
        )
        yield [one for one in made if chosen.names(one.account)]
        if len(made) < READ_TOGETHER:
            return
        after = key_of(made[-1])
