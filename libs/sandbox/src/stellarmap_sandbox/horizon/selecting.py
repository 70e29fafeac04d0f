"""Which rows a page has: a binary search to the cursor, then a walk until the page is full."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stellarmap_sandbox.horizon.query import PageQuery
from stellarmap_sandbox.horizon.view import View
from stellarmap_sandbox.rows import FAILED, KIND, LAST_PAYMENT, OPERATION_BITS


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of an account (as index entries: row << 1 | only its transaction's source), or a span of all rows."""

    places: Sequence[int]
    shift: int  # 1 for index entries, 0 for rows

    @classmethod
    def of_account(cls, view: View, number: int) -> "Listing":
        """All operations an account takes part in."""
        return cls(view.network.entries(number), 1)

    @classmethod
    def of_rows(cls, rows: range) -> "Listing":
        """Those rows."""
        return cls(rows, 0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the rows count, and what two rows share to be one item."""

    payments_only: bool = False
    include_failed: bool = False
    transactions: bool = False
    effects: bool = False  # the operation of the cursor counts too: some of its effects may come after the cursor


def selected(view: View, listing: Listing, query: PageQuery, wanted: Wanted) -> Iterator[int]:
    """The first row found of each item after the cursor, in the order asked for, from the retained history."""
    rows, shift, places = view.network.rows, listing.shift, listing.places
    only_source = (1 << shift) - 1
    without = OPERATION_BITS if wanted.transactions else 0
    kinds, operations = rows.kind, rows.op
    last = -1
    for position in _positions(view, listing, query, wanted):
        place = places[position]
        row = place >> shift
        kind = kinds[row]
        if place & only_source and not wanted.transactions:
            continue
        if kind & FAILED and not wanted.include_failed:
            continue
        if wanted.payments_only and kind & KIND > LAST_PAYMENT:
            continue
        item = operations[row] & ~without
        if item != last:
            last = item
            yield row


def _positions(view: View, listing: Listing, query: PageQuery, wanted: Wanted) -> range:
    shift, places = listing.shift, listing.places
    operations = view.network.rows.op
    without = OPERATION_BITS if wanted.transactions else 0

    def item_of(place: int) -> int:
        return operations[place >> shift] & ~without

    retained = bisect_left(places, view.first_row << shift)
    cursor, _ = query.after()
    if query.descending:
        search = bisect_right if wanted.effects else bisect_left
        return range(search(places, cursor, key=item_of) - 1, retained - 1, -1)
    search = bisect_left if wanted.effects else bisect_right
    return range(max(retained, search(places, cursor, key=item_of)), len(places))
