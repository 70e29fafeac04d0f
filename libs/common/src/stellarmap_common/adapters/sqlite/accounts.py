"""The integers that accounts have in every table."""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from typing import cast

import msgspec

from stellarmap_common.adapters.sqlite.encoding import ACCOUNT_ID, network_id
from stellarmap_common.domain.network import AccountRef

Value = str | bytes | int | None

# One row, so that the interpreter is given up once and not for each address: this thread has to win it back each time.
_KNOWN = """
    SELECT json_group_object(account.address, account.id) FROM json_each(?) AS wanted
    CROSS JOIN account ON account.network = ? AND account.start = substr(wanted.value, 2, 10)
        AND account.address = wanted.value
"""
_LAST = "SELECT coalesce(max(id), 0) FROM account"
_ALL = "SELECT address, id FROM account WHERE network = ?"
_KEEP = "INSERT INTO account (id, network, address) VALUES {rows}"
_ROWS_TOGETHER = (32, 16, 8, 4, 2, 1)

decoded_numbers = msgspec.json.Decoder(dict[str, int]).decode


class AccountIds(dict[str | None, int | None]):
    """The integer of each address of a network. An address without one is given the next, and kept with `keep_new`.

    Used inside one transaction of the one writer, so that no address gets two integers without a unique index.
    """

    def __init__(self, connection: sqlite3.Connection, network: int, addresses: Iterable[str | None] = ()) -> None:
        super().__init__({None: None})
        self._connection = connection
        self._network = network
        self._last = int(connection.execute(_LAST).fetchone()[0])
        self._new: list[Value] = []
        self._all_known = False
        self._looked_up: set[str | None] = set()
        self._look_up(addresses)

    def know_all(self) -> None:
        """Afterwards every account of the network is in memory, and none is looked up any more."""
        self.update(self._connection.execute(_ALL, (self._network,)))
        self._all_known = True

    def keep_new(self) -> None:
        """Afterwards the addresses that were given an integer have it in the table."""
        insert_rows(self._connection, _KEEP, 3, self._new)
        self._new.clear()

    def __missing__(self, address: str) -> int | None:
        if not self._all_known and address not in self._looked_up:
            self._look_up([address])
            return self[address]
        self._last = number = self._last + 1
        self[address] = number
        self._new += (number, self._network, address)
        return number

    def _look_up(self, addresses: Iterable[str | None]) -> None:
        wanted = dict.fromkeys(addresses)
        wanted.pop(None, None)
        if wanted:
            self.update(self._found([address for address in wanted if address is not None]))
            self._looked_up.update(wanted)

    def _found(self, wanted: Iterable[str]) -> dict[str, int]:
        text = msgspec.json.encode(list(wanted)).decode()
        return decoded_numbers(self._connection.execute(_KNOWN, (text, self._network)).fetchone()[0])


def account_id(connection: sqlite3.Connection, account: AccountRef) -> int:
    """The integer of the account, which has one afterwards."""
    known = connection.execute(f"SELECT {ACCOUNT_ID}", (account.network, account.address)).fetchone()[0]
    if known is not None:
        return int(known)
    ids = AccountIds(connection, network_id(connection, account.network))
    new = ids[account.address]
    ids.keep_new()
    return cast("int", new)  # None is the integer of None alone


def insert_rows(connection: sqlite3.Connection, statement: str, width: int, values: Sequence[Value]) -> None:
    """Afterwards rows of `width` values each are inserted, in order, by `statement`, which has `{rows}` where they go.

    Many rows in one execution cost half of as many executions. Of few sizes, so that all of them stay prepared.
    """
    done = 0
    for rows in _ROWS_TOGETHER:
        together = _with_rows(statement, width, rows)
        while len(values) - done >= rows * width:
            connection.execute(together, values[done : done + rows * width])
            done += rows * width


@cache
def _with_rows(statement: str, width: int, rows: int) -> str:
    row = f"({', '.join('?' * width)})"
    return statement.format(rows=", ".join([row] * rows))
