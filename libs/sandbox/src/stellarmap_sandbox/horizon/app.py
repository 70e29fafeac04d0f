"""Horizon's routes."""

from functools import partial
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from stellarmap_sandbox.horizon.accounts import account_record
from stellarmap_sandbox.horizon.answering import Answering
from stellarmap_sandbox.horizon.assets import assets_of_page
from stellarmap_sandbox.horizon.ledgers import ledger_record, ledgers_of_page, rows_of_ledger
from stellarmap_sandbox.horizon.operations import operation_record
from stellarmap_sandbox.horizon.pages import LISTS, ReadPage, effects
from stellarmap_sandbox.horizon.problems import before_history, invalid_field, not_found
from stellarmap_sandbox.horizon.query import whole_number
from stellarmap_sandbox.horizon.selecting import Listing
from stellarmap_sandbox.horizon.transactions import transaction_record
from stellarmap_sandbox.horizon.view import Record, View
from stellarmap_sandbox.keys import FAILED_ONLY

_HASH_DIGITS: Final = 64
_HALF: Final = 128


def horizon_app(answering: Answering) -> Starlette:
    """The ASGI app that answers as Horizon does."""
    of = answering
    routes = {
        "/": of.root(),
        "/accounts/{account}": of.record(_account),
        "/assets": of.listing(_assets),
        "/ledgers": of.listing(_ledgers),
        "/ledgers/{ledger}": of.record(_ledger),
        "/operations/{operation}": of.record(_operation),
        "/operations/{operation}/effects": of.listing(_effects_of_operation),
        "/transactions/{hash}": of.record(_transaction),
    }
    for name in LISTS:
        routes[f"/accounts/{{account}}/{name}"] = of.listing(partial(_of_account, name))
        routes[f"/ledgers/{{ledger}}/{name}"] = of.listing(partial(_of_ledger, name))
        routes[f"/{name}"] = of.listing(partial(_of_all, name))
        if name != "transactions":
            routes[f"/transactions/{{hash}}/{name}"] = of.listing(partial(_of_transaction, name))
    return Starlette(
        routes=[Route(path, endpoint) for path, endpoint in routes.items()],
        exception_handlers={404: lambda request, _: of.problem(request, not_found())},
    )


def _account(request: Request, view: View) -> Record:
    number = view.number(request.path_params["account"])
    if number is None or not view.network.exists(number):
        raise not_found()
    return account_record(view, number)


def _of_account(name: str, request: Request, view: View) -> ReadPage:
    address = request.path_params["account"]
    number = view.number(address)
    if number is None or not _has_history(view, number):
        raise not_found()
    listing = Listing.of_account(view, number)
    if name == "effects":
        return lambda query: effects(view, listing, query, account=address)
    return partial(LISTS[name], view, listing)


def _has_history(view: View, number: int) -> bool:
    """False where Horizon answers 404: for some of the accounts whose operations are all older than its history."""
    entries = view.network.entries(number)
    if number >= FAILED_ONLY or (entries and entries[-1] >> 1 >= view.first_row):
        return True
    return view.network.keys.noise("forgotten", number)[0] < _HALF


def _of_all(name: str, _request: Request, view: View) -> ReadPage:
    return lambda query: LISTS[name](view, Listing.of_rows(range(len(view.network.rows))), query)


def _assets(_request: Request, view: View) -> ReadPage:
    return partial(assets_of_page, view)


def _ledgers(_request: Request, view: View) -> ReadPage:
    return lambda query: [ledger_record(view, ledger) for ledger in ledgers_of_page(view, query)]


def _ledger(request: Request, view: View) -> Record:
    return ledger_record(view, _ledger_number(request, view))


def _of_ledger(name: str, request: Request, view: View) -> ReadPage:
    return partial(LISTS[name], view, Listing.of_rows(rows_of_ledger(view, _ledger_number(request, view))))


def _ledger_number(request: Request, view: View) -> int:
    ledger = _whole(request, "ledger", "sequence")
    if ledger < view.elder:
        raise before_history()
    if not 1 <= ledger <= view.network.ledger:
        raise not_found()
    return ledger


def _operation(request: Request, view: View) -> Record:
    row = _row_of(view, _whole(request, "operation", "id"))
    if row is None:
        raise not_found()
    joined = request.query_params.get("join") == "transactions"
    return operation_record(view, row, transaction_record(view, row) if joined else None)


def _effects_of_operation(request: Request, view: View) -> ReadPage:
    """Empty for an operation that Horizon does not know."""
    row = _row_of(view, _whole(request, "operation", "op_id"))
    rows = range(0) if row is None else view.network.rows.operation(row)
    return partial(effects, view, Listing.of_rows(rows))


def _transaction(request: Request, view: View) -> Record:
    return transaction_record(view, _row_of_transaction(request, view))


def _of_transaction(name: str, request: Request, view: View) -> ReadPage:
    row = _row_of_transaction(request, view)
    return partial(LISTS[name], view, Listing.of_rows(view.network.rows.transaction(row)))


def _row_of_transaction(request: Request, view: View) -> int:
    text = request.path_params["hash"]
    if len(text) != _HASH_DIGITS or not all(digit in "0123456789abcdef" for digit in text):
        raise invalid_field("hash", "invalid hash format")
    transaction = view.network.keys.transaction_of(text)
    row = None if transaction is None else _row_of(view, transaction + 1)
    if row is None:
        raise not_found()
    return row


def _row_of(view: View, operation: int) -> int | None:
    """The row of an operation in the retained history."""
    row = view.network.row_of(operation)
    return row if row is not None and row >= view.first_row else None


def _whole(request: Request, name: str, field: str) -> int:
    text = request.path_params[name]
    number = whole_number(text)
    if number is None:
        raise invalid_field(field, f"{text} does not validate as a number")
    return number
