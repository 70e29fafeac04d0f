"""What a journal row leads to, written into the tables it is read from. Of each key, the row of the largest number stays."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import cast

from stellarmap_common.adapters.sqlite.accounts import AccountIds, Value, insert_rows
from stellarmap_common.adapters.sqlite.encoding import micros, network_id
from stellarmap_common.adapters.sqlite.held_balances import Unkept, balances_to_keep, keep_balances
from stellarmap_common.adapters.standing_bytes import PackedRow, change_id, latest_standings
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import JournalRow, Standing
from stellarmap_common.ports.standing_store import CLOSINGS_KEPT_DAYS, MOVEMENTS_KEPT_DAYS

_MOVEMENTS_KEPT = timedelta(days=MOVEMENTS_KEPT_DAYS) // timedelta(microseconds=1)

Ids = Mapping[Address, int]

_PUT_STANDINGS = """
    INSERT INTO standing (account, threshold_xlm, number, rank, balance_stroops) VALUES {rows}
    ON CONFLICT DO UPDATE SET number = excluded.number, rank = excluded.rank, balance_stroops = excluded.balance_stroops
    WHERE excluded.number > number
"""
_PUT_CLOSINGS = """
    INSERT INTO standing_close (account, day, number, rank, balance_stroops) VALUES {rows}
    ON CONFLICT DO UPDATE SET number = excluded.number, rank = excluded.rank, balance_stroops = excluded.balance_stroops
    WHERE excluded.number > number
"""
_PUT_CHANGES = "INSERT OR IGNORE INTO standing_change (account, at, id, change) VALUES {rows}"
_PUT_STEPS = """
    INSERT OR IGNORE INTO standing_change_step (network, threshold_xlm, type, at, id, account) VALUES {rows}
"""
_PUT_MOVEMENTS = "INSERT OR IGNORE INTO balance_change (network, at, number, movements) VALUES (?, ?, ?, ?)"
_LAPSE_MOVEMENTS = "DELETE FROM balance_change WHERE network = ? AND at < ?"
_LAPSE_CLOSINGS = "DELETE FROM standing_close WHERE day < ?"


def apply(connection: sqlite3.Connection, packed: PackedRow, known: Ids, unkept: Unkept) -> dict[Address, int]:
    """Afterwards all that the row says is in its tables, except what is newer there.

    `known` are integers of accounts of its network. Returns those of the others that the row names.
    """
    row = packed.row
    network = network_id(connection, row.network)
    if packed.movements is not None:
        connection.execute(_PUT_MOVEMENTS, (network, micros(row.at), row.number, packed.movements))
    balances, standings = balances_to_keep(connection, row, unkept), latest_standings(row.changes)
    named = {*balances, *(account for account, _ in standings), *(closing.account for closing in row.closings)}
    learned = _looked_up(connection, network, named.difference(known))
    ids = {account: known[account] for account in named.difference(learned)} | learned if learned else known
    changes, steps = _change_values(network, ids, packed)
    recorded = _values(
        (ids[account], threshold, row.number, *_pair(standing)) for (account, threshold), standing in standings.items()
    )
    closed = _values((ids[one.account], one.day.toordinal(), row.number, *_pair(one.standing)) for one in row.closings)
    keep_balances(connection, row.number, balances, ids)
    insert_rows(connection, _PUT_CHANGES, 4, changes)
    insert_rows(connection, _PUT_STEPS, 6, steps)
    insert_rows(connection, _PUT_STANDINGS, 5, recorded)
    insert_rows(connection, _PUT_CLOSINGS, 5, closed)
    _lapse(connection, network, row)
    return learned


def _looked_up(connection: sqlite3.Connection, network: int, accounts: Collection[Address]) -> dict[Address, int]:
    """The integers of the accounts, which have one afterwards."""
    ids = AccountIds(connection, network, accounts)
    found = {account: cast("int", ids[account]) for account in accounts}  # None is the integer of None alone
    ids.keep_new()
    return found


def _lapse(connection: sqlite3.Connection, network: int, row: JournalRow) -> None:
    connection.execute(_LAPSE_MOVEMENTS, (network, micros(row.at) - _MOVEMENTS_KEPT))
    if row.closings:
        newest = max(one.day.toordinal() for one in row.closings)
        connection.execute(_LAPSE_CLOSINGS, (newest - CLOSINGS_KEPT_DAYS,))


def _change_values(network: int, ids: Ids, packed: PackedRow) -> tuple[list[Value], list[Value]]:
    """The changes, and their steps."""
    changes: list[Value] = []
    steps: list[Value] = []
    for change, told in zip(packed.row.changes, packed.changes, strict=True):
        account, at, id_ = ids[change.account.address], micros(change.at), change_id(change.id)
        changes += (account, at, id_, told)
        for step in change.steps:
            steps += (network, step.threshold_xlm, change.type.value, at, id_, account)
    return changes, steps


def _pair(standing: Standing | None) -> tuple[int | None, int | None]:
    return (None, None) if standing is None else (standing.rank, standing.balance_stroops)


def _values(rows: Iterable[Iterable[Value]]) -> list[Value]:
    return [value for row in rows for value in row]
