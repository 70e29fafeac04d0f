"""Ledgers as Horizon shows them: most are empty, each has a hash, and all are known without being kept."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Final

from stellarmap_common.domain.amounts import decimal_from_stroops
from stellarmap_sandbox.generator.story import TOTAL_COINS
from stellarmap_sandbox.horizon.query import PageQuery
from stellarmap_sandbox.horizon.view import Record, View, closed_at
from stellarmap_sandbox.rows import FAILED, OPERATION_BITS

PROTOCOL: Final = 26
_LISTS: Final = ("transactions", "operations", "payments", "effects")


def ledger_record(view: View, ledger: int) -> Record:
    """A ledger that has closed."""
    rows, ledger_hash = view.network.rows, view.network.keys.ledger_hash(ledger)
    span = rows_of_ledger(view, ledger)
    operations = {rows.op[row]: bool(rows.kind[row] & FAILED) for row in span}
    good = {operation & ~OPERATION_BITS for operation, failed in operations.items() if not failed}
    bad = {operation & ~OPERATION_BITS for operation, failed in operations.items() if failed}
    path = f"/ledgers/{ledger}"
    return {
        "_links": {"self": view.link(path), **{name: view.list_template(f"{path}/{name}") for name in _LISTS}},
        "id": ledger_hash,
        "paging_token": str(ledger << 32),
        "hash": ledger_hash,
        **({"prev_hash": view.network.keys.ledger_hash(ledger - 1)} if ledger > 1 else {}),
        "sequence": ledger,
        "successful_transaction_count": len(good),
        "failed_transaction_count": len(bad),
        "operation_count": sum(not failed for failed in operations.values()),
        "tx_set_operation_count": len(operations),
        "closed_at": closed_at(ledger),
        "total_coins": decimal_from_stroops(TOTAL_COINS),
        "fee_pool": "0.0000000",
        "base_fee_in_stroops": 100,
        "base_reserve_in_stroops": 5_000_000,
        "max_tx_set_size": 1_000,
        "protocol_version": PROTOCOL,
        "header_xdr": b64encode(view.network.keys.noise("header", ledger, 60)).decode(),
    }


def rows_of_ledger(view: View, ledger: int) -> range:
    """The rows of a ledger."""
    return range(view.network.first_row(ledger), view.network.first_row(ledger + 1))


def ledgers_of_page(view: View, query: PageQuery) -> Iterator[int]:
    """The ledgers of a page, from the retained history."""
    first, last = max(view.elder, 1), view.network.ledger
    cursor, _ = query.after()
    if query.descending:
        start = min(last, (cursor - 1) >> 32)
        yield from range(start, max(first - 1, start - query.limit), -1)
    else:
        start = max(first, (cursor >> 32) + 1)
        yield from range(start, min(last + 1, start + query.limit))
