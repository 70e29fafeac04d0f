"""Transactions as Horizon shows them. Their XDR is noise of the right form: nobody here signs anything."""

from base64 import b64encode
from typing import Final

from stellarmap_sandbox.horizon.view import Record, View, closed_at
from stellarmap_sandbox.rows import FAILED, OPERATION_BITS
from stellarmap_sandbox.sequences import sequence_of_transaction

_FEE: Final = 100  # stroops an operation
_MOST_FEE: Final = 10_000
_SIGNATURE: Final = 64  # bytes
_ENVELOPE: Final = 64  # characters of base64
_RESULT: Final = 32


def transaction_record(view: View, row: int) -> Record:
    """The transaction a row belongs to."""
    network, rows = view.network, view.network.rows
    number = rows.op[row] & ~OPERATION_BITS
    token, transaction_hash, ledger = str(number), network.keys.transaction_hash(number), number >> 32
    source = rows.transaction_source(row)
    address = view.address(source)
    noise = b64encode(network.keys.noise("transaction", number, _SIGNATURE)).decode()
    operations = len({rows.op[one] for one in rows.transaction(row)})
    path = f"/transactions/{transaction_hash}"
    return {
        "_links": {
            "self": view.link(path),
            "account": view.link(f"/accounts/{address}"),
            "ledger": view.link(f"/ledgers/{ledger}"),
            "operations": view.list_template(f"{path}/operations"),
            "effects": view.list_template(f"{path}/effects"),
            "precedes": view.link(f"/transactions?order=asc&cursor={token}"),
            "succeeds": view.link(f"/transactions?order=desc&cursor={token}"),
            "transaction": view.link(path),
        },
        "id": transaction_hash,
        "paging_token": token,
        "successful": not rows.kind[row] & FAILED,
        "hash": transaction_hash,
        "ledger": ledger,
        "created_at": closed_at(ledger),
        "source_account": address,
        "source_account_sequence": str(sequence_of_transaction(network, source, row)),
        "fee_account": address,
        "fee_charged": str(_FEE * operations),
        "max_fee": str(_MOST_FEE * operations),
        "operation_count": operations,
        "envelope_xdr": noise[:_ENVELOPE],
        "result_xdr": noise[:_RESULT],
        "fee_meta_xdr": noise[:_RESULT],
        "memo_type": "none",
        "signatures": [noise],
        "preconditions": {"timebounds": {"min_time": "0"}},
    }
