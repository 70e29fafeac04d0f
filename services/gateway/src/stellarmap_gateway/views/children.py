"""Pages of children in operation order, filtered by time and by part of the address."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from stellarmap_common.domain.address_text import contains_seed
from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.ports.creation_store import ChildKey, ChildRange
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.cursors import VERSION, ChildrenCursor, question_of, read_cursor, written
from stellarmap_gateway.moments import first_moment, last_moment
from stellarmap_gateway.problems import secret_seed, unprocessable
from stellarmap_gateway.schemas.lineage import Children
from stellarmap_gateway.views.counts import known_and_counted
from stellarmap_gateway.views.known import not_mapped, refuse_not_found
from stellarmap_gateway.views.lives import children_view, lives_known
from stellarmap_gateway.views.places import first_after, first_at
from stellarmap_gateway.views.scope import scope_of

SCANNED = 10_000
SCANNED_TOGETHER = 1_000
ADDRESS_LENGTH = 56
_PART = re.compile(r"[A-Z2-7]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildrenQuestion:
    """Which children are asked for."""

    limit: int
    cursor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    part: str | None = None  # of the address, in capitals

    @classmethod
    def read(cls, *, cursor: str | None, limit: int, since: str | None, until: str | None, q: str | None) -> Self:
        """The question that the parameters ask. Raises: ApiProblem."""
        return cls(
            limit=limit,
            cursor=cursor,
            since=first_moment(since, "query.from") if since is not None else None,
            until=last_moment(until, "query.to") if until is not None else None,
            part=_part(q),
        )

    def asked_of(self, account: AccountRef) -> str:
        """What stands in cursors: a page goes on only with the question it began with."""
        return question_of(str(account), self.since, self.until, self.part)


async def children_page(gateway: Gateway, account: AccountRef, question: ChildrenQuestion) -> Children:
    """One page. Raises: Missing, when nothing is known of the account; ApiProblem, for a cursor of another question."""
    asked = question.asked_of(account)
    (stored, known), page = await asyncio.gather(
        known_and_counted(gateway, account), _page(gateway, account, question, asked)
    )
    state, lives = stored.state, lives_known(gateway, account, stored)
    refuse_not_found(gateway, account, state)
    if state is None and not known.total and not lives:
        raise not_mapped(gateway, account)
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
    since = await first_at(gateway, account, question.since) if question.since else None
    until = await first_after(gateway, account, question.until) if question.until else None
    within = ChildRange(after, since, until - 1 if until is not None else None)
    if question.part and len(question.part) == ADDRESS_LENGTH:
        return await _one_child(gateway, account, within, Address(question.part))
    if question.part:
        return await _scanned(gateway, account, within, question)
    found = await gateway.stores.creations.children_of(account, within, question.limit + 1)
    page = found[: question.limit]
    return _Page(page, _key(page[-1]) if len(found) > len(page) else None, len(found))


async def _one_child(gateway: Gateway, account: AccountRef, within: ChildRange, child: Address) -> _Page:
    """A whole address needs no scan: whoever made it stands with the account itself."""
    made = await gateway.stores.creations.creations_of(AccountRef(account.network, child))
    found = [creation for creation in made if creation.creator == account.address and _lies(creation, within)]
    return _Page(found, None, len(made))


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
            after = _key(row)
            if question.part and question.part in row.account:
                found.append(row)
                if len(found) == question.limit:
                    return _Page(found, after, scanned)
        if len(rows) < SCANNED_TOGETHER:
            return _Page(found, None, scanned)
    return _Page(found, after, scanned, truncated=True)


def _key(creation: Creation) -> ChildKey:
    return ChildKey(creation.created_op, creation.account)


def _lies(creation: Creation, within: ChildRange) -> bool:
    return (
        (within.after is None or _key(creation) > within.after)
        and (within.since is None or creation.created_op >= within.since)
        and (within.up_to is None or creation.created_op <= within.up_to)
    )


def _part(q: str | None) -> str | None:
    """The part of an address to look for. Raises: ApiProblem; the text itself is never repeated."""
    text = (q or "").strip().upper()
    if not text:
        return None
    if contains_seed(text):
        raise secret_seed()
    if not _PART.fullmatch(text):
        raise unprocessable(
            "invalid-part",
            "No address contains this: addresses are made of the letters A to Z and the digits 2 to 7.",
            where="query.q",
        )
    return text
