"""What a query reads, in bytes: what its dry run tells, and what it is billed.

As BigQuery counts: of each table, once, the columns the query names × the rows of the partitions it cannot leave out.
INTEGER, FLOAT and TIMESTAMP take 8 bytes, BOOLEAN 1, STRING 2 and its length, NULL none. So of operations

    bytes = rows of the days × (op_id 8 + closed_at 8 + successful 1, those of them that are named)
          + creations × (account 58 + funder 58 + starting_balance 8) + merges × (account 58 + into 58)

failed ones included, with one row for each row of the network (three for a call that makes three transfers); of
accounts_current and history_ledgers all rows, however few are asked for; of transfers the rows of the days. Where a length
varies, one stands for all: amount_raw 10 characters, home_domain none (nearly all have none).

Billed are at least 10 MiB of each table, rounded up to a whole MiB.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from stellarmap_sandbox.bigquery.hubble import Moment
from stellarmap_sandbox.bigquery.tables import ACCOUNTS, BOOLEAN, LEDGERS, OPERATIONS, STRING, TRANSFERS, Column, Table
from stellarmap_sandbox.rows import (
    ASSET_PAYMENT,
    CALL_CREATE,
    CALL_TRANSFER,
    CREATE,
    END_SPONSORING,
    FAILED,
    MERGE,
    PAYMENT,
)

MIB: Final = 1 << 20
_LEAST: Final = 10 * MIB
_WIDE, _TRUTH, _HEAD = 8, 1, 2
_ADDRESS: Final = 56
_HASH: Final = 64
_LENGTHS: Final = {
    "transaction_hash": _HASH,
    "ledger_hash": _HASH,
    "event_topic": len("transfer"),
    "asset_type": len("native"),
    "amount_raw": 10,
    "home_domain": 0,
    "type_string": len("payment"),
}
EVERY_KIND: Final = tuple(kind | failed for kind in range(END_SPONSORING + 1) for failed in (0, FAILED))
CREATES: Final = (CREATE, CREATE | FAILED)
MERGES: Final = (MERGE, MERGE | FAILED)
TRANSFER_KINDS: Final = (PAYMENT, ASSET_PAYMENT, CALL_CREATE, CALL_TRANSFER)
_SPARSE: Final = {  # columns of operations that most rows have no value in
    "account": (*CREATES, *MERGES),
    "funder": CREATES,
    "starting_balance": CREATES,
    "into": MERGES,
}


@dataclass(frozen=True, slots=True)
class Scan:
    """What a query reads of one table."""

    table: Table
    columns: tuple[str, ...]
    days: Collection[int] = ()  # of a table that is parted by days


def bytes_read(moment: Moment, scan: Scan) -> int:
    """Bytes of one table."""
    moment.hubble.look(moment.rows)
    named = [column for column in scan.table.columns if column.name in scan.columns]
    if scan.table is OPERATIONS:
        return sum(width(each) * _count(moment, scan.days, _SPARSE.get(each.name, EVERY_KIND)) for each in named)
    return rows_of(moment, scan.table, scan.days) * sum(map(width, named))


def rows_of(moment: Moment, table: Table, days: Collection[int]) -> int:
    """How many rows the table has; of one that is parted by days, on these."""
    if table is ACCOUNTS:
        return moment.accounts
    if table is LEDGERS:
        return moment.ledger
    return _count(moment, days, TRANSFER_KINDS if table is TRANSFERS else EVERY_KIND)


def bytes_of_table(moment: Moment, table: Table) -> int:
    """Bytes of the whole table."""
    return bytes_read(moment, Scan(table, tuple(column.name for column in table.columns), moment.all_days()))


def bytes_billed(read: Collection[int]) -> int:
    """What reading so much of each table is billed as."""
    return -(-sum(max(each, _LEAST) for each in read) // MIB) * MIB


def width(column: Column) -> int:
    """Bytes of one value of the column."""
    if column.kind == STRING:
        return _HEAD + _LENGTHS.get(column.name, _ADDRESS)
    return _TRUTH if column.kind == BOOLEAN else _WIDE


def _count(moment: Moment, days: Collection[int], kinds: Collection[int]) -> int:
    return moment.hubble.count(days, kinds)
