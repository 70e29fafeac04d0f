"""Operations as Horizon shows them."""

from collections.abc import Callable
from typing import Final

import msgspec

from stellarmap_sandbox import rows as kinds
from stellarmap_sandbox.horizon.invocations import call_details
from stellarmap_sandbox.horizon.view import Record, View, closed_at, decimal
from stellarmap_sandbox.profiles import chosen_domain, traded_asset
from stellarmap_sandbox.rows import FAILED, KIND, NONE, OPERATION_BITS

_TYPES: Final = {
    kinds.CREATE: ("create_account", 0),
    kinds.MERGE: ("account_merge", 8),
    kinds.PAYMENT: ("payment", 1),
    kinds.ASSET_PAYMENT: ("payment", 1),
    kinds.CALL_CREATE: ("invoke_host_function", 24),
    kinds.CALL_TRANSFER: ("invoke_host_function", 24),
    kinds.SET_OPTIONS: ("set_options", 5),
    kinds.BUMP: ("bump_sequence", 11),
    kinds.BEGIN_SPONSORING: ("begin_sponsoring_future_reserves", 16),
    kinds.END_SPONSORING: ("end_sponsoring_future_reserves", 17),
}


def operation_record(view: View, row: int, transaction: Record | msgspec.Raw | None = None) -> Record:
    """The operation a row belongs to; with its transaction where that is given."""
    rows = view.network.rows
    kind = rows.kind[row] & KIND
    if kind in kinds.CALLS:
        row = rows.first_of_operation(row)
    operation = rows.op[row]
    text = str(operation)
    name, number = _TYPES[kind]
    transaction_hash = view.network.keys.transaction_hash(operation & ~OPERATION_BITS)
    record: Record = {
        "_links": operation_links(view.base, text, transaction_hash),
        "id": text,
        "paging_token": text,
        "transaction_successful": not rows.kind[row] & FAILED,
        "source_account": view.address(rows.source(row)),
        **_muxed(view, row, "source_account"),
        "type": name,
        "type_i": number,
        "created_at": closed_at(operation >> 32),
        "transaction_hash": transaction_hash,
    }
    if transaction is not None:
        record["transaction"] = transaction
    record.update(_DETAILS[kind](view, row))
    return record


def operation_links(base: str, operation: str, transaction_hash: str) -> Record:
    """The links of an operation."""
    return {
        "self": {"href": f"{base}/operations/{operation}"},
        "transaction": {"href": f"{base}/transactions/{transaction_hash}"},
        "effects": {"href": f"{base}/operations/{operation}/effects"},
        "succeeds": {"href": f"{base}/effects?order=desc&cursor={operation}"},
        "precedes": {"href": f"{base}/effects?order=asc&cursor={operation}"},
    }


def _muxed(view: View, row: int, field: str) -> Record:
    """The muxed form of an account; Horizon leaves out an id of 0, as it leaves out everything empty."""
    muxed_id = view.network.rows.note(row).muxed_id
    if muxed_id is None:
        return {}
    address = view.network.keys.muxed(view.network.rows.source(row), muxed_id)
    named: Record = {f"{field}_muxed": address}
    return {**named, f"{field}_muxed_id": str(muxed_id)} if muxed_id else named


def _create(view: View, row: int) -> Record:
    rows = view.network.rows
    sponsor = rows.note(row).sponsor
    return {
        **({} if sponsor == NONE else {"sponsor": view.address(sponsor)}),
        "starting_balance": decimal(rows.amount[row]),
        "funder": view.address(rows.a[row]),
        **_muxed(view, row, "funder"),
        "account": view.address(rows.b[row]),
    }


def _merge(view: View, row: int) -> Record:
    rows = view.network.rows
    return {"account": view.address(rows.a[row]), "into": view.address(rows.b[row])}


def _pay(view: View, row: int) -> Record:
    return {"asset_type": "native", **_payment(view, row)}


def _pay_asset(view: View, row: int) -> Record:
    return {**asset_fields(view, row), **_payment(view, row)}


def asset_fields(view: View, row: int) -> Record:
    """The asset of an asset payment."""
    asset = traded_asset(view.network, view.network.rows.op[row])
    return {"asset_type": asset.kind, "asset_code": asset.code, "asset_issuer": view.address(asset.issuer)}


def _payment(view: View, row: int) -> Record:
    rows = view.network.rows
    return {"from": view.address(rows.a[row]), "to": view.address(rows.b[row]), "amount": decimal(rows.amount[row])}


def _set_options(view: View, row: int) -> Record:
    return {"home_domain": chosen_domain(view.network, view.network.rows.a[row])}


def _bump(view: View, row: int) -> Record:
    return {"bump_to": str(view.network.rows.amount[row])}


def _begin_sponsoring(view: View, row: int) -> Record:
    return {"sponsored_id": view.address(view.network.rows.b[row])}


def _end_sponsoring(view: View, row: int) -> Record:
    return {"begin_sponsor": view.address(view.network.rows.b[row])}


_DETAILS: Final[dict[int, Callable[[View, int], Record]]] = {
    kinds.CREATE: _create,
    kinds.MERGE: _merge,
    kinds.PAYMENT: _pay,
    kinds.ASSET_PAYMENT: _pay_asset,
    kinds.CALL_CREATE: call_details,
    kinds.CALL_TRANSFER: call_details,
    kinds.SET_OPTIONS: _set_options,
    kinds.BUMP: _bump,
    kinds.BEGIN_SPONSORING: _begin_sponsoring,
    kinds.END_SPONSORING: _end_sponsoring,
}
