"""Children chosen and sorted by what is known of them. Of whom it is not known is not among them; how many are is said."""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from stellarmap_common.domain.creation import Creation, Incarnation
from stellarmap_common.domain.lookup import Notable
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.cursors import VERSION, KnownChildrenCursor, read_cursor, written
from stellarmap_gateway.known_children import KnownChildren
from stellarmap_gateway.schemas.lineage import NotableChild
from stellarmap_gateway.views.child_filter import lies_within
from stellarmap_gateway.views.child_pages import SCANNED, ChildPage
from stellarmap_gateway.views.children_question import ChildrenQuestion, Sorting
from stellarmap_gateway.views.notable import notable_view

LOOKED_UP_TOGETHER = 200
Place = tuple[int, Address]
"""Where a child stands: what it is sorted by, the largest first, then its address."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The known children that a question is about."""

    known: KnownChildren
    places: Sequence[Place]  # in order
    of_known: int  # those of whom it is known what is asked for, whatever it is
    cut: int  # those who may issue the asset asked for: not all that they issue was read

    @property
    def children(self) -> frozenset[Address]:
        """Who they are."""
        return frozenset(child for _, child in self.places)


async def chosen_children(gateway: Gateway, account: AccountRef, question: ChildrenQuestion) -> Choice:
    """Who is meant; of a large hub, tens of thousands are looked at, off the event loop."""
    known = (await gateway.known_children.of(account)).value
    return await asyncio.to_thread(choice_of, known, question)


def choice_of(known: KnownChildren, question: ChildrenQuestion) -> Choice:
    """Those that are meant, of those of whom it is known."""
    places: list[Place] = []
    of_known, cut = 0, 0
    for face in known.all():
        value = _sorted_by(known, face, question.sort)
        if value is None:
            continue
        named = question.chosen.names(face.child)
        of_known += question.known.can_tell(face)
        cut += named and question.known.may_fit(face)
        if named and question.known.fits(face):
            places.append((-value, face.child))
    return Choice(known, sorted(places), of_known, cut)


def _sorted_by(known: KnownChildren, face: Notable, sort: Sorting) -> int | None:
    if sort is Sorting.BALANCE:
        return face.balance_stroops
    if sort is Sorting.CHILDREN:
        return known.children_of(face.child) or None
    return 0


async def sorted_page(gateway: Gateway, account: AccountRef, question: ChildrenQuestion, choice: Choice) -> ChildPage:
    """Goes through them until the page is full or the bound is met. Who was made by another since is passed over."""
    asked = question.asked_of(account)
    cursor = read_cursor(question.cursor, asked, KnownChildrenCursor) if question.cursor is not None else None
    start = bisect_right(choice.places, (-cursor.value, Address(cursor.child))) if cursor else 0
    within = await question.chosen.span_of(gateway, account)
    found: list[Creation] = []
    at = start
    while at < len(choice.places) and len(found) < question.limit and at - start < SCANNED:
        together = max(LOOKED_UP_TOGETHER, question.limit - len(found))
        made = await _made(gateway, account, [child for _, child in choice.places[at : at + together]], within)
        for _, child in choice.places[at : at + together]:
            at += 1
            if child in made:
                found.append(made[child])
                if len(found) == question.limit:
                    break
    more = at < len(choice.places)
    return ChildPage(
        found,
        scanned=at - start,
        next_cursor=_written(asked, choice.places[at - 1]) if more else None,
        truncated=more and len(found) < question.limit,
    )


async def notable_views(gateway: Gateway, begun: Sequence[Incarnation], known: KnownChildren) -> list[NotableChild]:
    """What is known of each of the children whose lives these are."""
    return list(await asyncio.gather(*(_view(gateway, life, known) for life in begun)))


async def _view(gateway: Gateway, life: Incarnation, known: KnownChildren) -> NotableChild:
    child = life.creation.ref
    made = known.children_of(child.address)
    if made is None:
        made = await gateway.stores.creations.count_children(child, ChildRange())
    return await notable_view(gateway, life, made, known.faces.get(child.address))


async def _made(
    gateway: Gateway, account: AccountRef, children: Sequence[Address], within: ChildRange
) -> dict[Address, Creation]:
    """Each that the account created within the range, with the latest of these creations."""
    refs = [AccountRef(account.network, child) for child in children]
    made = await gateway.stores.creations.creations_of(*refs)  # in operation order
    return {one.account: one for one in made if one.creator == account.address and lies_within(one, within)}


def _written(asked: str, place: Place) -> str:
    return written(KnownChildrenCursor(VERSION, asked, -place[0], place[1]))
