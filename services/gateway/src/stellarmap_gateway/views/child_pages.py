"""A page of children in operation order, read until it is full or as much was looked at as may be for one page."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.ports.creation_store import ChildKey, ChildRange
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.cursors import VERSION, ChildrenCursor, read_cursor, written
from stellarmap_gateway.views.child_filter import key_of, lies_within, made_within
from stellarmap_gateway.views.children_question import ChildrenQuestion

SCANNED = 10_000
SCANNED_TOGETHER = 1_000
FEW = 1_000  # looked up by their addresses, rather than looked for among all
Wanted = Callable[[Address], bool]


@dataclass(frozen=True, slots=True)
class ChildPage:
    """Children, and where to go on; nowhere at the end."""

    found: Sequence[Creation]
    scanned: int
    next_cursor: str | None
    truncated: bool = False


async def page_of_all(gateway: Gateway, account: AccountRef, question: ChildrenQuestion) -> ChildPage:
    """Of all children, those that the filter names."""
    if question.chosen.part and not question.chosen.whole_address:
        return await page_of_wanted(gateway, account, question, question.chosen.names)
    within = await _within(gateway, account, question)
    if child := question.chosen.whole_address:
        made, read = await made_within(gateway, account, child, within)
        return ChildPage(made, read, None)
    found = await gateway.stores.creations.children_of(account, within, question.limit + 1)
    page = found[: question.limit]
    return ChildPage(
        page, len(found), cursor_after(account, question, key_of(page[-1])) if len(found) > len(page) else None
    )


async def page_of_few(
    gateway: Gateway, account: AccountRef, question: ChildrenQuestion, wanted: Collection[Address]
) -> ChildPage:
    """Of these children alone: among millions of others it costs no more. Its cursor is that of `page_of_wanted`."""
    within = await _within(gateway, account, question)
    made = await gateway.stores.creations.creations_of(*(AccountRef(account.network, child) for child in wanted))
    own = sorted((one for one in made if one.creator == account.address and lies_within(one, within)), key=key_of)
    page = own[: question.limit]
    return ChildPage(
        page, len(made), cursor_after(account, question, key_of(page[-1])) if len(own) > len(page) else None
    )


async def page_of_wanted(
    gateway: Gateway, account: AccountRef, question: ChildrenQuestion, wanted: Wanted
) -> ChildPage:
    """Reads on until the page is full or the bound is met; the page ends at the last child it looked at."""
    within = await _within(gateway, account, question)
    async with gateway.scan_turns.one():
        return await _scanned(gateway, account, question, wanted, within)


async def _scanned(
    gateway: Gateway, account: AccountRef, question: ChildrenQuestion, wanted: Wanted, within: ChildRange
) -> ChildPage:
    found: list[Creation] = []
    scanned, after = 0, within.after
    while scanned < SCANNED:
        rows = await gateway.stores.creations.children_of(
            account, ChildRange(after, within.since, within.up_to), SCANNED_TOGETHER
        )
        for row in rows:
            scanned += 1
            after = key_of(row)
            if wanted(row.account):
                found.append(row)
                if len(found) == question.limit:
                    return ChildPage(found, scanned, cursor_after(account, question, after))
        if len(rows) < SCANNED_TOGETHER:
            return ChildPage(found, scanned, None)
    return ChildPage(found, scanned, cursor_after(account, question, after) if after else None, truncated=True)


async def _within(gateway: Gateway, account: AccountRef, question: ChildrenQuestion) -> ChildRange:
    """The span of time, beyond where the page before ended. Raises: ApiProblem, for a cursor of another question."""
    cursor = question.cursor
    read = read_cursor(cursor, question.asked_of(account), ChildrenCursor) if cursor is not None else None
    after = ChildKey(read.created_op, Address(read.child)) if read else None
    return await question.chosen.span_of(gateway, account, after)


def cursor_after(account: AccountRef, question: ChildrenQuestion, last: ChildKey) -> str:
    """Where a page goes on that ended at this child."""
    return written(ChildrenCursor(VERSION, question.asked_of(account), last.created_op, last.child))
