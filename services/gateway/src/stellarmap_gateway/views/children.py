"""Pages of children in operation order, filtered by time and by part of the address."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.ports.creation_store import ChildKey, ChildRange
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.cursors import VERSION, ChildrenCursor, question_of, read_cursor, written
from stellarmap_gateway.schemas.lineage import Children
from stellarmap_gateway.views.child_filter import EVERY_CHILD, ChildFilter, key_of, made_within
from stellarmap_gateway.views.counts import known_and_counted
from stellarmap_gateway.views.lives import children_view, known_lives
from stellarmap_gateway.views.scope import scope_of

SCANNED = 10_000
SCANNED_TOGETHER = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildrenQuestion:
    """Which children are asked for."""

    limit: int
    cursor: str | None = None
    chosen: ChildFilter = EVERY_CHILD

    def asked_of(self, account: AccountRef) -> str:
        """What stands in cursors: a page goes on only with the question it began with."""
        return question_of(str(account), self.chosen.since, self.chosen.until, self.chosen.part)


async def children_page(gateway: Gateway, account: AccountRef, question: ChildrenQuestion) -> Children:
    """One page. Raises: Missing, when nothing is known of the account; ApiProblem, for a cursor of another question."""
    asked = question.asked_of(account)
    (stored, known), page = await asyncio.gather(
        known_and_counted(gateway, account), _page(gateway, account, question, asked)
    )
    lives = known_lives(gateway, account, stored, known)
    return Children(
        **scope_of(gateway, account.network),
        address=account.address,
        children=await children_view(gateway, account, page.found, lives=lives),
        total=known.total,
        complete=known.complete,
        next_cursor=written(ChildrenCursor(VERSION, asked, page.last.created_op, page.last.child))
        if page.last
        else None,
        truncated=page.truncated,
        scanned=page.scanned,
    )


@dataclass(frozen=True, slots=True)
class _Page:
    found: Sequence[Creation]
    last: ChildKey | None  # where to go on; None at the end
    scanned: int
    truncated: bool = False


async def _page(gateway: Gateway, account: AccountRef, question: ChildrenQuestion, asked: str) -> _Page:
    cursor = read_cursor(question.cursor, asked, ChildrenCursor) if question.cursor is not None else None
    after = ChildKey(cursor.created_op, Address(cursor.child)) if cursor else None
    within = await question.chosen.span_of(gateway, account, after)
    child = question.chosen.whole_address
    if child:
        made, read = await made_within(gateway, account, child, within)
        return _Page(made, None, read)
    if question.chosen.part:
        return await _scanned(gateway, account, within, question)
    found = await gateway.stores.creations.children_of(account, within, question.limit + 1)
    page = found[: question.limit]
    return _Page(page, key_of(page[-1]) if len(found) > len(page) else None, len(found))


async def _scanned(gateway: Gateway, account: AccountRef, within: ChildRange, question: ChildrenQuestion) -> _Page:
    """Reads on until the page is full or the bound is met; the page ends at the last child it looked at."""
    found: list[Creation] = []
    scanned, after = 0, within.after
    while scanned < SCANNED:
        rows = await gateway.stores.creations.children_of(
            account, ChildRange(after, within.since, within.up_to), SCANNED_TOGETHER
        )
        for row in rows:
            scanned += 1
            after = key_of(row)
            if question.chosen.names(row):
                found.append(row)
                if len(found) == question.limit:
                    return _Page(found, after, scanned)
        if len(rows) < SCANNED_TOGETHER:
            return _Page(found, None, scanned)
    return _Page(found, after, scanned, truncated=True)
