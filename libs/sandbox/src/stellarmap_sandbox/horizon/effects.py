"""Effects as Horizon shows them: what each operation did to each account."""

from collections.abc import Callable, Iterator
from typing import Final

from stellarmap_sandbox import rows as kinds
from stellarmap_sandbox.horizon.operations import asset_fields
from stellarmap_sandbox.horizon.view import Record, View, closed_at, decimal
from stellarmap_sandbox.profiles import chosen_domain
from stellarmap_sandbox.rows import FAILED, KIND, NONE

_NUMBERS: Final = {
    "account_created": 0,
    "account_removed": 1,
    "account_credited": 2,
    "account_debited": 3,
    "account_home_domain_updated": 5,
    "signer_created": 10,
    "sequence_bumped": 43,
    "account_sponsorship_created": 60,
    "account_sponsorship_removed": 62,
    "contract_debited": 97,
}
Effect = tuple[int, str, Record]  # account, type, details


def effect_records(view: View, row: int) -> list[Record]:
    """The effects of the operation a row belongs to, in order; a failed one has none."""
    rows = view.network.rows
    if rows.kind[row] & FAILED:
        return []
    operation = rows.op[row]
    effects = (effect for one in rows.operation(row) for effect in _EFFECTS[rows.kind[one] & KIND](view, one))
    return [_record(view, operation, place, effect) for place, effect in enumerate(effects, 1)]


def _record(view: View, operation: int, place: int, effect: Effect) -> Record:
    account, name, details = effect
    token = f"{operation}-{place}"
    return {
        "_links": {
            "operation": {"href": f"{view.base}/operations/{operation}"},
            "succeeds": {"href": f"{view.base}/effects?order=desc&cursor={token}"},
            "precedes": {"href": f"{view.base}/effects?order=asc&cursor={token}"},
        },
        "id": f"{operation:019}-{place:010}",
        "paging_token": token,
        "account": view.address(account),
        "type": name,
        "type_i": _NUMBERS[name],
        "created_at": closed_at(operation >> 32),
        **details,
    }


def _create(view: View, row: int) -> Iterator[Effect]:
    rows = view.network.rows
    funder, account, sponsor, amount = rows.a[row], rows.b[row], rows.note(row).sponsor, decimal(rows.amount[row])
    yield account, "account_created", {"starting_balance": amount}
    yield funder, "account_debited", {"asset_type": "native", "amount": amount}
    yield account, "signer_created", {"weight": 1, "public_key": view.address(account), "key": ""}
    if sponsor != NONE:
        yield account, "account_sponsorship_created", {"sponsor": view.address(sponsor)}


def _merge(view: View, row: int) -> Iterator[Effect]:
    rows = view.network.rows
    money: Record = {"asset_type": "native", "amount": decimal(rows.amount[row])}
    yield rows.a[row], "account_debited", money
    yield rows.b[row], "account_credited", money
    yield rows.a[row], "account_removed", {}
    sponsor = rows.note(view.network.life_at(rows.a[row], row)).sponsor
    if sponsor != NONE:
        yield rows.a[row], "account_sponsorship_removed", {"former_sponsor": view.address(sponsor)}


def _pay(view: View, row: int) -> Iterator[Effect]:
    rows = view.network.rows
    money: Record = {"asset_type": "native", "amount": decimal(rows.amount[row])}
    yield rows.b[row], "account_credited", money
    yield rows.a[row], "account_debited", money


def _pay_asset(view: View, row: int) -> Iterator[Effect]:
    rows = view.network.rows
    money: Record = {**asset_fields(view, row), "amount": decimal(rows.amount[row])}
    yield rows.b[row], "account_credited", money
    yield rows.a[row], "account_debited", money


def _call(view: View, row: int) -> Iterator[Effect]:
    """A contract's side of a transfer is told of the account that called it."""
    rows = view.network.rows
    sender, money = rows.a[row], {"asset_type": "native", "amount": decimal(rows.amount[row])}
    if sender < 0:
        details: Record = {"asset_type": "native", "contract": view.address(sender), "amount": money["amount"]}
        yield rows.source(row), "contract_debited", details
    else:
        yield sender, "account_debited", {**money}
    yield rows.b[row], "account_credited", {**money}


def _call_create(view: View, row: int) -> Iterator[Effect]:
    rows = view.network.rows
    yield rows.b[row], "account_created", {"starting_balance": decimal(rows.amount[row])}
    yield from _call(view, row)


def _set_options(view: View, row: int) -> Iterator[Effect]:
    account = view.network.rows.a[row]
    yield account, "account_home_domain_updated", {"home_domain": chosen_domain(view.network, account)}


def _bump(view: View, row: int) -> Iterator[Effect]:
    rows = view.network.rows
    yield rows.a[row], "sequence_bumped", {"new_seq": str(rows.amount[row])}


def _nothing(_view: View, _row: int) -> Iterator[Effect]:
    return iter(())


_EFFECTS: Final[dict[int, Callable[[View, int], Iterator[Effect]]]] = {
    kinds.CREATE: _create,
    kinds.MERGE: _merge,
    kinds.PAYMENT: _pay,
    kinds.ASSET_PAYMENT: _pay_asset,
    kinds.CALL_CREATE: _call_create,
    kinds.CALL_TRANSFER: _call,
    kinds.SET_OPTIONS: _set_options,
    kinds.BUMP: _bump,
    kinds.BEGIN_SPONSORING: _nothing,
    kinds.END_SPONSORING: _nothing,
}
