"""Children that are worth naming: for what they created, or for who they are."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.creation import Creation, Incarnation
from stellarmap_common.domain.lookup import Notable
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.status import Step
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.run_store import RunRef
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.lineage import MOST_CODES, MOST_TAGS, ChildFace, NotableChild
from stellarmap_gateway.views.counts import Counted


@dataclass(frozen=True, slots=True)
class NotableSet:
    """Some of them, and how many there are."""

    named: list[NotableChild]
    total: int
    truncated: bool  # there are more than were looked at


async def notable_of(gateway: Gateway, account: AccountRef, top: int) -> NotableSet:
    """Those that created most, and beside them those that are known best; at most `top`."""
    found = (await gateway.notables.of(account)).value
    made_of = {child.account: (child, made) for child, made in found.makers}
    chosen = chosen_of(tuple(made_of), found.known, top)
    named = [*filter(None, await asyncio.gather(*(_made(gateway, account, child, made_of) for child in chosen)))]
    lives = await gateway.stores.creations.lives_of_children(account, [creation for creation, _ in named])
    views = (
        notable_view(gateway, life, made, found.faces.get(life.creation.account))
        for life, (_, made) in zip(lives, named, strict=True)
    )
    return NotableSet(named=list(await asyncio.gather(*views)), total=found.total, truncated=found.truncated)


def chosen_of(by_children: Sequence[Address], by_face: Sequence[Address], top: int) -> list[Address]:
    """Each list has half of the places, and what the other leaves; those of the first stand first."""
    first = list(by_children[: max(top - len(by_face), -(-top // 2))][:top])
    beside = [child for child in by_face if child not in first][: top - len(first)]
    rest = [child for child in by_children[len(first) :] if child not in beside][: top - len(first) - len(beside)]
    return [*first, *rest, *beside]


async def _made(
    gateway: Gateway, creator: AccountRef, child: Address, known: Mapping[Address, tuple[Creation, int]]
) -> tuple[Creation, int] | None:
    """How the creator made it, the last time; and how many it made itself."""
    if child in known:
        return known[child]
    ref = AccountRef(creator.network, child)
    creations, made = await asyncio.gather(
        gateway.stores.creations.creations_of(ref), gateway.stores.creations.count_children(ref, ChildRange())
    )
    own = [creation for creation in creations if creation.creator == creator.address]
    return (own[-1], made) if own else None


async def notable_view(gateway: Gateway, life: Incarnation, made: int, face: Notable | None) -> NotableChild:
    """The child with all that is known of it: of the life that its creator began."""
    child, end = life.creation, life.end
    run = await gateway.stores.runs.run_of(RunRef(child.ref, Step.CHILDREN))
    starting = child.starting_balance_stroops
    return NotableChild(
        address=child.account,
        created_op=str(child.created_op) if child.placed else None,
        created_at=child.created_at,
        starting_balance_stroops=None if starting is None else str(starting),
        ended_op=str(end.end_op) if end else None,
        merged_into=end.merged_into if end else None,
        children=made,
        children_complete=Counted(run, made).complete,
        face=_face(face, hva_from_stroops=gateway.resources.config().default_threshold_xlm * STROOPS_PER_XLM)
        if face
        else None,
    )


def _face(face: Notable, *, hva_from_stroops: int) -> ChildFace:
    return ChildFace(
        balance_stroops=None if face.balance_stroops is None else str(face.balance_stroops),
        is_hva=(face.balance_stroops or 0) >= hva_from_stroops,
        name=face.name,
        home_domain=face.home_domain,
        tags=list(face.tags[:MOST_TAGS]),
        is_issuer=None if face.issues is None else bool(face.issues),
        issues=list((face.issues or ())[:MOST_CODES]),
    )
