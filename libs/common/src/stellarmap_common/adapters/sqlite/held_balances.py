"""The latest balance of every account: in a table up to some row of the journal, and in the movements of the rows after it.

A row of the journal moves a thousand accounts of a million, each on a page of its own: to write them with the row is most of
what it costs to apply it. A hundred rows later there are several on each page, which is written once.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from stellarmap_common.adapters.sqlite.accounts import Value, insert_rows
from stellarmap_common.adapters.sqlite.encoding import ACCOUNT_IDS, NETWORK_ID, Row, micros, moment_of
from stellarmap_common.adapters.standing_bytes import HeldValues, balances_left_by, latest_balances
from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.standing import HeldBalance, JournalRow

ROWS_TOGETHER = 100  # of the journal, whose balances are kept at once: in half a second, if each is full
DAY = timedelta(days=1) // timedelta(microseconds=1)  # later they are kept however few rows there are: movements lapse

_HELD = "address, balance_stroops, version, created_op, ledger, at, home_domain"
_KEPT = f"SELECT kept_at, kept_number FROM tracker WHERE network = {NETWORK_ID}"
_KEEP = f"UPDATE tracker SET kept_at = ?, kept_number = ? WHERE network = {NETWORK_ID}"
_LATER = f"""
    SELECT at, number, movements FROM balance_change
    WHERE network = {NETWORK_ID} AND (at, number) > (?, ?) ORDER BY at, number
"""
_PAGE = f"""
    SELECT {_HELD}, high_balance.account
    FROM high_balance CROSS JOIN account ON account.id = high_balance.account
    WHERE high_balance.account > ? AND account.network = {NETWORK_ID} ORDER BY high_balance.account LIMIT ?
"""
_OF = f"""
    SELECT {_HELD} FROM {ACCOUNT_IDS} AS wanted
    CROSS JOIN high_balance ON high_balance.account = wanted.id
    CROSS JOIN account ON account.id = wanted.id
"""
_PUT = """
    INSERT INTO high_balance (account, number, balance_stroops, version, created_op, ledger, at, home_domain)
    VALUES {rows}
    ON CONFLICT DO UPDATE SET
        number = excluded.number, balance_stroops = excluded.balance_stroops, version = excluded.version,
        created_op = excluded.created_op, ledger = excluded.ledger, at = excluded.at, home_domain = excluded.home_domain
    WHERE excluded.number > number
"""

RowPlace = tuple[int, int]  # `at` and number of a row of the journal: in their order


class Page(NamedTuple):
    """Balances of some accounts, in the order of their integers."""

    balances: tuple[HeldBalance, ...]
    accounts: tuple[int, ...]


class HeldBalances:
    """Reads them. Each movement is unpacked once, however often somebody asks."""

    def __init__(self) -> None:
        self._later: dict[NetworkKey, _Later] = {}

    def of(
        self, connection: sqlite3.Connection, network: NetworkKey, accounts: Sequence[Address]
    ) -> dict[Address, HeldBalance]:
        """The latest balances of those of the accounts of which one is known."""
        rows = connection.execute(_OF, (network, json.dumps(list(accounts)))).fetchall()
        return {held.account: held for held in self._latest(connection, network, rows)}

    def page(self, connection: sqlite3.Connection, network: NetworkKey, after: int, limit: int) -> Page:
        """The latest balances of so many accounts, of larger integers than that."""
        rows = connection.execute(_PAGE, (after, network, limit)).fetchall()
        return Page(tuple(self._latest(connection, network, rows)), tuple(row[-1] for row in rows))

    def _latest(
        self, connection: sqlite3.Connection, network: NetworkKey, rows: Iterable[Row]
    ) -> Iterable[HeldBalance]:
        later = self._later_ones(connection, network)
        return (HeldBalance(row[0], *later[row[0]]) if row[0] in later else _held(row) for row in rows)

    def _later_ones(self, connection: sqlite3.Connection, network: NetworkKey) -> Mapping[Address, HeldValues]:
        """Those that the table does not have, as of the moment of the connection's transaction, or of a later one."""
        kept = _kept(connection, network)
        later = self._later.get(network)
        if later is None or later.kept != kept:
            later = _Later(kept, kept, {})
        if rows := connection.execute(_LATER, (network, *later.read)).fetchall():
            later = self._later[network] = _Later(kept, rows[-1][:2], later.balances | _left_by(rows))
        return later.balances


class _Later(NamedTuple):
    """What the rows behind `kept` left, up to `read`. Never changed: the threads that read share it."""

    kept: RowPlace
    read: RowPlace
    balances: dict[Address, HeldValues]


class Unkept:
    """What the table does not have, as far as the rows that left it were applied here: those need not be read again.

    Where one of them was applied elsewhere, such as by the process before this one, none of it is taken.
    """

    def __init__(self) -> None:
        self._kept: RowPlace = (0, 0)
        self._last = 0  # the rows after `_kept` up to this number are known
        self._balances: dict[Address, HeldBalance] = {}

    def add(self, kept: RowPlace, row: JournalRow) -> None:
        """The row is being applied, for the first time or again; the table has all balances up to `kept`."""
        if kept != self._kept:
            self._kept, self._last, self._balances = kept, kept[1], {}
        if row.number == self._last + 1:
            self._last = row.number
            self._balances |= latest_balances(row)

    def up_to(self, number: int) -> dict[Address, HeldBalance] | None:
        """What all rows up to this number left, that the table does not have; None if some are missing."""
        return self._balances if self._last == number else None


def balances_to_keep(connection: sqlite3.Connection, row: JournalRow, unkept: Unkept) -> Mapping[Address, HeldBalance]:
    """What is to be kept with this row, whose movements are stored; whoever asks keeps it in the same transaction.

    New accounts always, so that who pages through the table meets all there are. All since the last time, when it is time.
    """
    place = micros(row.at), row.number
    kept_at, kept_number = kept = _kept(connection, row.network)
    unkept.add(kept, row)
    if place[0] - kept_at < DAY and place[1] - kept_number < ROWS_TOGETHER:
        new = {movement.after.account for movement in row.movements if movement.before is None}
        if not new:
            return {}
        return {account: held for account, held in latest_balances(row).items() if account in new}
    connection.execute(_KEEP, (*place, row.network))
    known = unkept.up_to(row.number)
    if known is not None:
        return known
    left = _left_by(connection.execute(_LATER, (row.network, *kept)))
    return {account: HeldBalance(account, *values) for account, values in left.items()}


def keep_balances(
    connection: sqlite3.Connection, number: int, balances: Mapping[Address, HeldBalance], ids: Mapping[Address, int]
) -> None:
    """Afterwards the table has them, unless what it has is of a row after that number."""
    values: list[Value] = []
    of_id = {ids[account]: held for account, held in balances.items()}
    for id_ in sorted(of_id):  # those of one page one after the other
        _, balance, version, created_op, ledger, at, home_domain = of_id[id_]
        values += (id_, number, balance, version, created_op, ledger, micros(at), home_domain)
    insert_rows(connection, _PUT, 8, values)


def _kept(connection: sqlite3.Connection, network: NetworkKey) -> RowPlace:
    """The row up to which the table has all balances."""
    place: RowPlace | None = connection.execute(_KEPT, (network,)).fetchone()
    return place or (0, 0)


def _left_by(rows: Iterable[Row]) -> dict[Address, HeldValues]:
    """What the movements of these rows leave of each account."""
    left: dict[Address, HeldValues] = {}
    for _, _, movements in rows:
        left.update(balances_left_by(movements))
    return left


def _held(row: Row) -> HeldBalance:
    address, balance, version, created_op, ledger, at, home_domain, *_ = row
    return HeldBalance(address, balance, version, created_op, ledger, moment_of(at), home_domain)
