"""The integers that accounts have in every table."""

import sqlite3
from collections.abc import Sequence
from itertools import chain

from stellarmap_common.adapters.sqlite.encoding import ACCOUNT_ID, network_id
from stellarmap_common.domain.network import AccountRef

_KNOWN = "SELECT id FROM account WHERE network = ?1 AND start = substr(?2, 2, 10) AND address = ?2"
_LAST = "SELECT coalesce(max(id), 0) FROM account"
_ALL = "SELECT address, id FROM account WHERE network = ?"
_KEEP = "INSERT INTO account (id, network, address) VALUES {rows}"
_ROWS_TOGETHER = 32


class AccountIds(dict[str | None, int | None]):
    """The integer of each address of a network. An address without one is given the next, and kept with `keep_new`.

    Used inside one transaction of the one writer, so that no address gets two integers without a unique index.
    """

    def __init__(self, connection: sqlite3.Connection, network: int) -> None:
        super().__init__({None: None})
        self._connection = connection
        self._network = network
        self._last = int(connection.execute(_LAST).fetchone()[0])
        self._new: list[tuple[int, int, str]] = []
        self._all_known = False

    def know_all(self) -> None:
        """Afterwards every account of the network is in memory, and none is looked up any more."""
        self.update(self._connection.execute(_ALL, (self._network,)))
        self._all_known = True

    def keep_new(self) -> None:
        """Afterwards the addresses that were given an integer have it in the table."""
        insert_rows(self._connection, _KEEP, self._new)
        self._new.clear()

    def __missing__(self, address: str) -> int:
        return self.learn(address)

    def learn(self, address: str) -> int:
        """The integer of an address that was not asked for before."""
        if not self._all_known:
            known = self._connection.execute(_KNOWN, (self._network, address)).fetchone()
            if known:
                self[address] = known[0]
                return int(known[0])
        self._last += 1
        self[address] = self._last
        self._new.append((self._last, self._network, address))
        return self._last


def account_id(connection: sqlite3.Connection, account: AccountRef) -> int:
    """The integer of the account, which has one afterwards."""
    known = connection.execute(f"SELECT {ACCOUNT_ID}", (account.network, account.address)).fetchone()[0]
    if known is not None:
        return int(known)
    ids = AccountIds(connection, network_id(connection, account.network))
    new = ids.learn(account.address)
    ids.keep_new()
    return new


def insert_rows(connection: sqlite3.Connection, statement: str, rows: Sequence[tuple[str | int | None, ...]]) -> None:
    """Afterwards the rows are inserted, in order, by `statement`, which has `{rows}` where they go.

    Many rows in one execution cost half of as many executions.
    """
    if not rows:
        return
    one = f"({', '.join('?' * len(rows[0]))})"
    whole = len(rows) - len(rows) % _ROWS_TOGETHER
    together = statement.format(rows=", ".join([one] * _ROWS_TOGETHER))
    for start in range(0, whole, _ROWS_TOGETHER):
        connection.execute(together, list(chain.from_iterable(rows[start : start + _ROWS_TOGETHER])))
    connection.executemany(statement.format(rows=one), rows[whole:])
