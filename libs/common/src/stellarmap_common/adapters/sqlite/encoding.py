"""How values of the domain stand in columns: times as microseconds, kinds and sources as codes, accounts as integers."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, overload

from stellarmap_common.domain.creation import CreationKind, Source
from stellarmap_common.domain.network import NetworkKey

# Codes are stored: new ones are added, old ones keep their number.
CODE_OF_KIND = {CreationKind.GENESIS: 0, CreationKind.CREATE_ACCOUNT: 1, CreationKind.CONTRACT_TRANSFER: 2}
CODE_OF_SOURCE = {Source.GENESIS: 0, Source.HORIZON: 1, Source.EXPERT: 2, Source.BIGQUERY: 3}
KIND_OF_CODE = {code: kind for kind, code in CODE_OF_KIND.items()}
SOURCE_OF_CODE = {code: source for source, code in CODE_OF_SOURCE.items()}

Row: TypeAlias = Sequence[Any]  # as sqlite3 gives it, or as JSON in one column: no checker knows what a column holds
GREATEST = (1 << 63) - 1  # of all integers SQLite keeps
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

ACCOUNT_ID = """(
    SELECT account.id FROM (SELECT ? AS key, ? AS address) AS wanted
    JOIN network ON network.key = wanted.key
    JOIN account ON account.network = network.id
        AND account.start = substr(wanted.address, 2, 10) AND account.address = wanted.address
)"""
"""The integer of an account, NULL if it was never mentioned; takes (network key, address)."""

ACCOUNT_IDS = """(
    SELECT account.id FROM (SELECT ? AS key, ? AS addresses) AS given
    CROSS JOIN network ON network.key = given.key
    CROSS JOIN json_each(given.addresses) AS wanted
    CROSS JOIN account ON account.network = network.id
        AND account.start = substr(wanted.value, 2, 10) AND account.address = wanted.value
)"""
"""The integers of the accounts that were ever mentioned; takes (network key, addresses as a JSON array)."""

NETWORK_ID = "(SELECT id FROM network WHERE key = ?)"
"""The integer of a network, NULL if nothing of it was ever stored; takes its key."""


@overload
def micros(moment: datetime) -> int: ...
@overload
def micros(moment: datetime | None) -> int | None: ...
def micros(moment: datetime | None) -> int | None:
    """An aware moment as it is stored."""
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


@overload
def moment_of(stored: int) -> datetime: ...
@overload
def moment_of(stored: int | None) -> datetime | None: ...
def moment_of(stored: int | None) -> datetime | None:
    """The moment, UTC, that a column holds."""
    return None if stored is None else _EPOCH + timedelta(microseconds=stored)


def packed(digits: str | None) -> bytes | None:
    """A hash, given in hexadecimal digits, as it is stored: in half as many bytes."""
    return None if digits is None else bytes.fromhex(digits)


def network_id(connection: sqlite3.Connection, network: NetworkKey) -> int:
    """The integer of the network, which has one afterwards."""
    found = connection.execute("SELECT id FROM network WHERE key = ?", (network,)).fetchone()
    if found is None:
        found = connection.execute("INSERT INTO network (key) VALUES (?) RETURNING id", (network,)).fetchone()
    return int(found[0])
