"""How requests and their rows stand in the columns of one partition."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from stellarmap_common.adapters.cassandra.moments import micros, moment_of
from stellarmap_common.adapters.cassandra.session import Row
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import Lane, Route
from stellarmap_common.ports.request_store import Request, RequestRef, RequestRow, RowState

THE_REQUEST = 0  # kinds of what is in the partition
A_ROW = 1
A_PLACE = 2  # of a granted account among those of its parent, in operation order

ASKED = (
    "asked, budget, depth, pages, lane, route, retry, client, created_at, used, cancelled, completed, completed_at,"
    " open_rows, revision"
)
ROW = "parent, depth_left, operation_id, announced, state, granted_to, unannounced, told_op, told_child"
_ASKED_COLUMNS = ASKED.count(",") + 1

Place: TypeAlias = tuple[int, Address]  # operation and account: the order of children
BEFORE_ALL: Place = (-1, Address(""))


@dataclass(frozen=True, slots=True)
class Head:
    """The request, and what is kept beside it."""

    request: Request
    open_rows: int
    revision: int  # changes with every change of a row


@dataclass(frozen=True, slots=True)
class Kept:
    """The row of an account, and what is kept beside it of the children granted under it."""

    row: RequestRow
    granted_to: int = 0
    unannounced: int = 0
    told: Place = BEFORE_ALL  # every child up to this place counts as published


@dataclass(frozen=True, slots=True)
class Found:
    """The request, and those of the accounts looked for that have a row."""

    head: Head
    rows: dict[Address, Kept]


def key_of_request() -> tuple[int, str, int, str]:
    """Where the request itself stands in its partition."""
    return THE_REQUEST, "", 0, ""


def key_of_row(account: Address) -> tuple[int, str, int, str]:
    """Where the row of the account stands."""
    return A_ROW, account, 0, ""


def found_in(ref: RequestRef, rows: list[Row]) -> Found | None:
    """What the rows (kind, account, ASKED, ROW) hold; None if the request is not among them."""
    head: Head | None = None
    kept: dict[Address, Kept] = {}
    for kind, account, *columns in rows:
        if kind == THE_REQUEST:
            head = head_of(ref, columns[:_ASKED_COLUMNS])
        else:
            kept[account] = kept_of(account, columns[_ASKED_COLUMNS:])
    return Found(head, kept) if head else None


def head_of(ref: RequestRef, columns: Row | list[Any]) -> Head:
    """The request, of the columns ASKED."""
    account, budget, depth, pages, lane, route, retry, client, created_at, *progress = columns
    used, cancelled, completed, completed_at, open_rows, revision = progress
    request = Request(
        ref=ref,
        account=account,
        budget=budget,
        depth=depth,
        pages=pages,
        lane=Lane(lane),
        route=Route(route),
        retry=retry,
        client=client,
        created_at=moment_of(int(created_at)),
        used=used,
        cancelled=cancelled,
        completed=completed,
        completed_at=moment_of(completed_at),
    )
    return Head(request, open_rows, revision)


def kept_of(account: Address, columns: Row | list[Any]) -> Kept:
    """The row of the account, of the columns ROW."""
    parent, depth_left, operation_id, announced, state, granted_to, unannounced, told_op, told_child = columns
    row = RequestRow(
        account=account,
        parent=parent,
        depth_left=depth_left,
        operation_id=operation_id,
        announced=announced,
        state=RowState(state),
    )
    told = BEFORE_ALL if told_op is None else (told_op, told_child)
    return Kept(row, granted_to or 0, unannounced or 0, told)


def asked_values(request: Request) -> tuple[str | int | bool | None, ...]:
    """The columns ASKED of a request that is opened with its one row."""
    return (
        request.account,
        request.budget,
        request.depth,
        request.pages,
        request.lane.value,
        request.route.value,
        request.retry,
        request.client,
        micros(request.created_at),
        request.used,
        request.cancelled,
        request.completed,
        micros(request.completed_at),
        1,
        1,
    )


def row_values(row: RequestRow, parent: Address | None) -> tuple[str | int | bool | None, ...]:
    """What is written of a new row: parent, depth_left, operation_id, announced, state."""
    return parent, row.depth_left, row.operation_id, row.announced, row.state.value


def place_of(row: RequestRow) -> Place:
    """Where a granted account stands among those of its parent."""
    return row.operation_id, row.account
