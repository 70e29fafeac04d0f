"""Filling an empty store: creations first, their indexes and counts after, all in one transaction.

Twice as fast as keeping them up row by row. It happens by itself, when a store without creations is given many at once.
"""

import sqlite3
from collections.abc import Sequence
from itertools import islice

from stellarmap_common.adapters.sqlite.accounts import AccountIds, insert_rows
from stellarmap_common.adapters.sqlite.encoding import network_id
from stellarmap_common.adapters.sqlite.recording import CREATION_WIDTH, KEEP_CREATION, PROVISIONAL, creation_values
from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import NetworkKey

LOADED_FROM = 20_000  # with fewer, nobody would notice
LOADED_TOGETHER = 1_000_000  # all others who write wait for it, and its addresses are held in memory
KNOWN_ACCOUNTS = 100_000  # at most: a store that has more is in use
_CHUNK = 10_000

_IN_USE = "SELECT EXISTS (SELECT 1 FROM creation) OR (SELECT count(*) FROM (SELECT 1 FROM account LIMIT ?)) = ?"
_INDEXES = """
    SELECT name, sql FROM sqlite_schema
    WHERE type = 'index' AND tbl_name IN ('creation', 'account', 'account_end') AND sql IS NOT NULL
"""
_KEEP = KEEP_CREATION.format(table="creation")
_DERIVE = (
    f"""
    DELETE FROM creation WHERE {PROVISIONAL} AND EXISTS (
        SELECT 1 FROM creation AS exact
        WHERE exact.account = creation.account AND +exact.creator = creation.creator
          AND exact.op > creation.op AND exact.op < creation.op + 4294967296
    )
    """,
    """
    DELETE FROM account_end WHERE op & 4294967295 = 0 AND EXISTS (
        SELECT 1 FROM account_end AS exact
        WHERE exact.account = account_end.account AND exact.merged_into = account_end.merged_into
          AND exact.op > account_end.op AND exact.op < account_end.op + 4294967296
    )
    """,
    "DELETE FROM child_count",
    """
    INSERT INTO child_count (creator, bucket, children)
    SELECT creator, op >> 50, count(*) FROM creation WHERE creator IS NOT NULL GROUP BY 1, 2
    """,
    "DELETE FROM ring_chunk",
    "DELETE FROM child_with_children",
    """
    INSERT INTO child_with_children (creator, child, children, op)
    SELECT life.creator, life.account, busy.children, max(life.op)
    FROM (SELECT creator AS id, sum(children) AS children FROM child_count GROUP BY creator) AS busy
    CROSS JOIN creation AS life ON life.account = busy.id
    WHERE life.creator IS NOT NULL GROUP BY life.creator, life.account
    """,
    """
    DELETE FROM creation_unplaced WHERE EXISTS (
        SELECT 1 FROM creation WHERE account = creation_unplaced.account AND +creator = creation_unplaced.creator
    )
    """,
    """
    INSERT INTO fact_count (network, creations, ends)
    SELECT
        id, (SELECT count(*) FROM creation WHERE network = network.id),
        (SELECT count(*) FROM account_end WHERE network = network.id)
    FROM network WHERE true
    ON CONFLICT DO UPDATE SET creations = excluded.creations, ends = excluded.ends
    """,
)


def load_if_empty(connection: sqlite3.Connection, creations: Sequence[Creation]) -> int:
    """How many of the creations, from the first on, are stored now: all, or none because the store is in use."""
    if connection.execute(_IN_USE, (KNOWN_ACCOUNTS, KNOWN_ACCOUNTS)).fetchone()[0]:
        return 0
    definitions = drop_indexes(connection)
    for network in dict.fromkeys(creation.network for creation in creations):
        _load(connection, network, creations)
    for definition in definitions:
        connection.execute(definition)
    derive(connection)
    return len(creations)


def drop_indexes(connection: sqlite3.Connection) -> list[str]:
    """Afterwards the tables of facts are only in the order of their keys; the definitions of the indexes they had."""
    indexes = connection.execute(_INDEXES).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    return [definition for _, definition in indexes]


def derive(connection: sqlite3.Connection) -> None:
    """Afterwards all that is derived from the facts fits, whatever it was before. Needs the indexes."""
    for statement in _DERIVE:
        connection.execute(statement)


def _load(connection: sqlite3.Connection, network: NetworkKey, creations: Sequence[Creation]) -> None:
    number = network_id(connection, network)
    ids = AccountIds(connection, number)
    ids.know_all()
    ours = (creation for creation in creations if creation.network == network)
    while chunk := list(islice(ours, _CHUNK)):
        values = creation_values(number, chunk, ids)
        ids.keep_new()
        insert_rows(connection, _KEEP, CREATION_WIDTH, values)
