"""Pages of records: the four lists that networks, ledgers, transactions and accounts have."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

import msgspec

from stellarmap_sandbox.horizon.effects import effect_records
from stellarmap_sandbox.horizon.operations import operation_record
from stellarmap_sandbox.horizon.query import PageQuery
from stellarmap_sandbox.horizon.selecting import Listing, Wanted, selected
from stellarmap_sandbox.horizon.transactions import transaction_record
from stellarmap_sandbox.horizon.view import Record, View
from stellarmap_sandbox.rows import OPERATION_BITS

ReadPage = Callable[[PageQuery], list[Record]]


def page_body(view: View, query: PageQuery, records: list[Record]) -> Record:
    """A page; `next` is always there, and after an empty page it is the page itself."""
    first, last = (records[0], records[-1]) if records else ({}, {})
    following, before = str(last.get("paging_token", query.cursor)), str(first.get("paging_token", query.cursor))
    return {
        "_links": {
            "self": {"href": query.href(view.base, query.cursor, descending=query.descending)},
            "next": {"href": query.href(view.base, following, descending=query.descending)},
            "prev": {"href": query.href(view.base, before, descending=not query.descending)},
        },
        "_embedded": {"records": records},
    }


def operations(view: View, listing: Listing, query: PageQuery, *, payments_only: bool = False) -> list[Record]:
    """Operations, or those that move money or make accounts."""
    wanted = Wanted(payments_only=payments_only, include_failed=query.include_failed)
    rows = islice(selected(view, listing, query, wanted), query.limit)
    if not query.joined:
        return [operation_record(view, row) for row in rows]
    joined: dict[int, msgspec.Raw] = {}  # operations of one transaction share what was written once
    found = []
    for row in rows:
        transaction = view.network.rows.op[row] & ~OPERATION_BITS
        if transaction not in joined:
            joined[transaction] = msgspec.Raw(msgspec.json.encode(transaction_record(view, row)))
        found.append(operation_record(view, row, joined[transaction]))
    return found


def payments(view: View, listing: Listing, query: PageQuery) -> list[Record]:
    """Creations, merges, payments and contract calls that move assets."""
    return operations(view, listing, query, payments_only=True)


def transactions(view: View, listing: Listing, query: PageQuery) -> list[Record]:
    """Transactions."""
    wanted = Wanted(include_failed=query.include_failed, transactions=True)
    return [transaction_record(view, row) for row in islice(selected(view, listing, query, wanted), query.limit)]


def effects(view: View, listing: Listing, query: PageQuery, *, account: str | None = None) -> list[Record]:
    """Effects; of one account, where it is named."""
    return list(islice(_effects(view, listing, query, account), query.limit))


def _effects(view: View, listing: Listing, query: PageQuery, account: str | None) -> Iterator[Record]:
    cursor, rows = query.after(), view.network.rows
    for row in selected(view, listing, query, Wanted(effects=True)):
        operation, records = rows.op[row], effect_records(view, row)
        for place, record in sorted(enumerate(records, 1), reverse=query.descending):
            passed = (operation, place) >= cursor if query.descending else (operation, place) <= cursor
            if not passed and account in (None, record["account"]):
                yield record


LISTS: Final[dict[str, Callable[[View, Listing, PageQuery], list[Record]]]] = {
    "operations": operations,
    "payments": payments,
    "transactions": transactions,
    "effects": effects,
}
