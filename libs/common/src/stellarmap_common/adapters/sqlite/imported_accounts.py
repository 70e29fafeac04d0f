"""The integers of accounts while their index is away: it is kept in memory, 30 bytes an account, for as long as an import runs.

On disk, each new address would touch another page of it: with ten million, the same pages would be written hundreds of times.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain

import msgspec

from stellarmap_common.adapters.sqlite.accounts import AccountIds, decoded_numbers
from stellarmap_common.domain.creation import AccountEnd, Creation

_TABLE = """
    CREATE TEMP TABLE IF NOT EXISTS known_account (start TEXT, id INTEGER, PRIMARY KEY (start, id)) STRICT, WITHOUT ROWID
"""
_FILL = "INSERT INTO known_account SELECT start, id FROM account WHERE network = ? ORDER BY start"
_ADD = "INSERT INTO known_account SELECT start, id FROM account WHERE id > ?"
_KNOWN = """
    SELECT json_group_object(account.address, account.id) FROM json_each(?) AS wanted
    CROSS JOIN known_account ON known_account.start = substr(wanted.value, 2, 10)
    CROSS JOIN account ON account.id = known_account.id AND account.address = wanted.value
"""


def know_accounts(connection: sqlite3.Connection, network: int) -> None:
    """Afterwards every account of the network has its place in memory."""
    connection.execute(_TABLE)
    connection.execute("DELETE FROM known_account")
    connection.execute(_FILL, (network,))


class ImportedIds(AccountIds):
    """The integers of all accounts that some facts name."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        network: int,
        creations: Sequence[Creation],
        ends: Sequence[AccountEnd],
    ) -> None:
        made = ((one.account, one.creator, one.transaction_source, one.sponsor) for one in creations)
        ended = ((one.account, one.merged_into) for one in ends)
        super().__init__(connection, network, chain(chain.from_iterable(made), chain.from_iterable(ended)))
        self._last_before = self._last

    def keep_new(self) -> None:
        super().keep_new()
        self._connection.execute(_ADD, (self._last_before,))
        self._last_before = self._last

    def _found(self, wanted: Iterable[str]) -> dict[str, int]:
        text = msgspec.json.encode(sorted(wanted)).decode()  # in order: neighbours lie on the same page
        return decoded_numbers(self._connection.execute(_KNOWN, (text,)).fetchone()[0])
