"""Writing creations and ends: a batch is laid out in a temporary table, thinned to what is new, and merged in few statements.

What is derived (counts, children with children) changes in the same transaction as the facts, whatever their order.
"""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import TypeVar

from stellarmap_common.adapters.sqlite.accounts import AccountIds, Value, insert_rows
from stellarmap_common.adapters.sqlite.encoding import CODE_OF_KIND, CODE_OF_SOURCE, micros, network_id, packed
from stellarmap_common.domain.creation import AccountEnd, Creation, UnplacedCreation
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.toid import is_provisional, ledger_of, provisional_toid

Fact = TypeVar("Fact", Creation, AccountEnd, UnplacedCreation)

FACTS_TOGETHER = 10_000  # at most so many in one transaction

CREATION_WIDTH = 12
END_WIDTH = 9

# A plus sign before a column: not by its index. A creator may have a million children, an account has a few lives.
_BATCH = """
    CREATE TEMP TABLE IF NOT EXISTS batch (
        network INTEGER NOT NULL, op INTEGER NOT NULL, account INTEGER NOT NULL, creator INTEGER, kind INTEGER NOT NULL,
        source INTEGER NOT NULL, version INTEGER NOT NULL, created_at INTEGER, transaction_hash BLOB,
        transaction_source INTEGER, sponsor INTEGER, starting_balance_stroops INTEGER,
        PRIMARY KEY (network, op, account)
    ) STRICT, WITHOUT ROWID
"""
KEEP_CREATION = """
    INSERT INTO {table} VALUES {{rows}}
    ON CONFLICT DO UPDATE SET
        creator = excluded.creator, kind = excluded.kind, source = excluded.source, version = excluded.version,
        created_at = excluded.created_at, transaction_hash = excluded.transaction_hash,
        transaction_source = excluded.transaction_source, sponsor = excluded.sponsor,
        starting_balance_stroops = excluded.starting_balance_stroops
    WHERE excluded.version > {table}.version
"""
_LAY_OUT = KEEP_CREATION.format(table="batch")
_DROP_KNOWN = """
    DELETE FROM batch WHERE EXISTS (
        SELECT 1 FROM main.creation AS known
        WHERE known.network = batch.network AND known.op = batch.op AND known.account = batch.account
          AND known.version >= batch.version
    )
"""
PROVISIONAL = "op & 4294967295 = 0 AND kind <> 0"  # the low half is zero; genesis (kind 0) is exact all the same
_EXACT_ONE = """
    SELECT 1 FROM {table} AS exact
    WHERE {by}exact.account = batch.account AND +exact.creator = batch.creator
      AND exact.op > batch.op AND exact.op < batch.op + 4294967296
"""
_DROP_PROVISIONAL = f"""
    DELETE FROM batch WHERE {PROVISIONAL} AND (
        EXISTS ({_EXACT_ONE.format(table="main.creation", by="")})
        OR EXISTS ({_EXACT_ONE.format(table="batch", by="exact.network = batch.network AND ")})
    )
"""
_TAKE_OUT_OLDER = """
    DELETE FROM main.creation WHERE (network, op, account) IN (SELECT network, op, account FROM batch)
    RETURNING creator, account, op >> 50
"""
_TAKE_OUT_PROVISIONAL = f"""
    DELETE FROM main.creation
    WHERE (network, op, account) IN (
        SELECT network, op & ~4294967295, account FROM batch WHERE op & 4294967295 <> 0
    ) AND {PROVISIONAL} AND EXISTS (
        SELECT 1 FROM batch
        WHERE batch.network = creation.network AND batch.account = creation.account AND batch.creator = creation.creator
          AND batch.op > creation.op AND batch.op < creation.op + 4294967296
    )
    RETURNING creator, account, op >> 50
"""
_MERGE_IN = "INSERT INTO main.creation SELECT * FROM batch"
_COUNT = """
    INSERT INTO child_count (creator, bucket, children)
    SELECT creator, op >> 50, count(*) FROM batch WHERE creator IS NOT NULL GROUP BY 1, 2
    ON CONFLICT DO UPDATE SET children = children + excluded.children
"""
_UNCOUNT = "UPDATE child_count SET children = children - ?3 WHERE creator = ?1 AND bucket = ?2"
_FORGET_EMPTY_COUNT = "DELETE FROM child_count WHERE creator = ?1 AND bucket = ?2 AND children = 0"
# A creator's chunks follow each other without a gap: where one goes, so do those behind it.
_DROP_RINGS = """
    DELETE FROM ring_chunk WHERE rowid IN (
        SELECT kept.rowid
        FROM (SELECT creator, min(op) AS op FROM batch WHERE creator IS NOT NULL GROUP BY creator) AS made
        CROSS JOIN ring_chunk AS kept ON kept.creator = made.creator AND kept.last_op >= made.op
    )
"""
_DROP_RINGS_FROM = "DELETE FROM ring_chunk WHERE creator = ?1 AND last_op >= ?2 << 50"
_TELL_CREATORS_OF_CREATORS = """
    INSERT INTO child_with_children (creator, child, children, op)
    SELECT life.creator, life.account, (SELECT sum(children) FROM child_count WHERE creator = life.account), max(life.op)
    FROM (SELECT DISTINCT creator AS id FROM batch WHERE creator IS NOT NULL) AS busy
    CROSS JOIN creation AS life ON life.account = busy.id
    WHERE life.creator IS NOT NULL GROUP BY life.creator, life.account
    ON CONFLICT DO UPDATE SET children = excluded.children, op = excluded.op
"""
_TELL_CREATORS = """
    INSERT INTO child_with_children (creator, child, children, op)
    SELECT DISTINCT
        batch.creator, batch.account, (SELECT sum(children) FROM child_count WHERE creator = batch.account),
        (SELECT max(op) FROM creation WHERE account = batch.account AND +creator = batch.creator)
    FROM batch
    WHERE batch.creator IS NOT NULL AND EXISTS (SELECT 1 FROM child_count WHERE creator = batch.account)
    ON CONFLICT DO UPDATE SET children = excluded.children, op = excluded.op
"""
_UNTELL_CREATOR = """
    DELETE FROM child_with_children WHERE creator = ?1 AND child = ?2
      AND NOT EXISTS (SELECT 1 FROM creation WHERE account = ?2 AND +creator = ?1)
"""
_REPLACE_CHILD = """
    UPDATE child_with_children SET op = (SELECT max(op) FROM creation WHERE account = ?2 AND +creator = ?1)
    WHERE creator = ?1 AND child = ?2
"""
_RECOUNT_CHILD = """
    UPDATE child_with_children
    SET children = (SELECT coalesce(sum(children), 0) FROM child_count WHERE creator = ?1)
    WHERE child = ?1 AND creator IN (SELECT creator FROM creation WHERE account = ?1)
"""
_FORGET_CHILDLESS = """
    DELETE FROM child_with_children
    WHERE child = ?1 AND creator IN (SELECT creator FROM creation WHERE account = ?1) AND children = 0
"""
_DROP_UNPLACED = "DELETE FROM creation_unplaced WHERE (account, creator) IN (SELECT account, creator FROM batch)"
_KEEP_UNPLACED = """
    INSERT INTO creation_unplaced (account, creator, source, created_at)
    SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (SELECT 1 FROM creation WHERE account = ?1 AND +creator = ?2)
    ON CONFLICT DO UPDATE SET created_at = excluded.created_at
    WHERE excluded.created_at > coalesce(creation_unplaced.created_at, -1)
"""
_COUNT_FACTS = """
    INSERT INTO fact_count (network, creations, ends) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET creations = creations + excluded.creations, ends = ends + excluded.ends
"""

_KNOWN_END = "SELECT version FROM account_end WHERE network = ? AND op = ? AND account = ?"
_EXACT_END = "SELECT 1 FROM account_end WHERE account = ?1 AND op > ?2 AND op < ?2 + 4294967296 AND merged_into = ?3"
_TAKE_OUT_END = "DELETE FROM account_end WHERE network = ? AND op = ? AND account = ?"
_TAKE_OUT_PROVISIONAL_END = f"{_TAKE_OUT_END} AND merged_into = ?"
_KEEP_END = "INSERT INTO account_end VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
KEEP_END = """
    INSERT INTO account_end VALUES {rows}
    ON CONFLICT DO UPDATE SET
        merged_into = excluded.merged_into, source = excluded.source, version = excluded.version,
        ended_at = excluded.ended_at, transaction_hash = excluded.transaction_hash, amount_stroops = excluded.amount_stroops
    WHERE excluded.version > account_end.version
"""


def record_facts(
    connection: sqlite3.Connection,
    creations: Sequence[Creation],
    ends: Sequence[AccountEnd],
    unplaced: Sequence[UnplacedCreation],
) -> None:
    """Afterwards the facts stand in the tables, and what is derived from them fits."""
    for network in {fact.network: None for facts in (creations, ends, unplaced) for fact in facts}:
        number = network_id(connection, network)
        if creations:
            _record_creations(connection, number, _of(network, creations))
        if ends:
            _record_ends(connection, number, _of(network, ends))
        if unplaced:
            _record_unplaced(connection, number, _of(network, unplaced))


def _of(network: NetworkKey, facts: Sequence[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.network == network]


def _record_creations(connection: sqlite3.Connection, network: int, creations: Sequence[Creation]) -> None:
    if not _lay_out(connection, network, creations):
        return
    gone = connection.execute(_TAKE_OUT_OLDER).fetchall()
    gone += connection.execute(_TAKE_OUT_PROVISIONAL).fetchall()
    added = connection.execute(_MERGE_IN).rowcount
    connection.execute(_COUNT)
    connection.execute(_DROP_RINGS)
    _uncount(connection, gone)
    connection.execute(_TELL_CREATORS_OF_CREATORS)
    connection.execute(_TELL_CREATORS)
    _untell(connection, gone)
    connection.execute(_DROP_UNPLACED)
    connection.execute(_COUNT_FACTS, (network, added - len(gone), 0))


def _lay_out(connection: sqlite3.Connection, network: int, creations: Sequence[Creation]) -> bool:
    """Afterwards the batch holds what the store does not know yet, or knows less well. False if that is nothing."""
    connection.execute(_BATCH)
    connection.execute("DELETE FROM batch")
    named = ((one.account, one.creator, one.transaction_source, one.sponsor) for one in creations)
    ids = AccountIds(connection, network, chain.from_iterable(named))
    values = creation_values(network, creations, ids)
    ids.keep_new()
    insert_rows(connection, _LAY_OUT, CREATION_WIDTH, values)
    left = len(creations) - connection.execute(_DROP_KNOWN).rowcount
    if not all(creation.exact for creation in creations):
        left -= connection.execute(_DROP_PROVISIONAL).rowcount
    return left > 0


def creation_values(network: int, creations: Sequence[Creation], ids: AccountIds) -> list[Value]:
    """The creations as rows of their table, `CREATION_WIDTH` values each, in its order of columns, one after the other."""
    values: list[Value] = []
    for one in creations:
        values += (
            network,
            one.created_op,
            ids[one.account],
            ids[one.creator],
            CODE_OF_KIND[one.kind],
            CODE_OF_SOURCE[one.source],
            one.version,
            micros(one.created_at),
            packed(one.transaction_hash),
            ids[one.transaction_source],
            ids[one.sponsor],
            one.starting_balance_stroops,
        )
    return values


def end_values(network: int, ends: Sequence[AccountEnd], ids: AccountIds) -> list[Value]:
    """The same of ends, `END_WIDTH` values each."""
    values: list[Value] = []
    for one in ends:
        values += (
            network,
            one.end_op,
            ids[one.account],
            ids[one.merged_into],
            CODE_OF_SOURCE[one.source],
            one.version,
            micros(one.ended_at),
            packed(one.transaction_hash),
            one.amount_stroops,
        )
    return values


def _uncount(connection: sqlite3.Connection, gone: Sequence[tuple[int | None, int, int]]) -> None:
    fewer = Counter((creator, bucket) for creator, _, bucket in gone)
    connection.executemany(_UNCOUNT, [(creator, bucket, count) for (creator, bucket), count in fewer.items()])
    connection.executemany(_FORGET_EMPTY_COUNT, list(fewer))
    connection.executemany(_DROP_RINGS_FROM, list(fewer))


def _untell(connection: sqlite3.Connection, gone: Sequence[tuple[int | None, int, int]]) -> None:
    pairs = [(creator, account) for creator, account, _ in gone]
    connection.executemany(_UNTELL_CREATOR, pairs)
    connection.executemany(_REPLACE_CHILD, pairs)
    creators = [(creator,) for creator in dict.fromkeys(creator for creator, _, _ in gone)]
    connection.executemany(_RECOUNT_CHILD, creators)
    connection.executemany(_FORGET_CHILDLESS, creators)


def _record_ends(connection: sqlite3.Connection, network: int, ends: Sequence[AccountEnd]) -> None:
    ids = AccountIds(connection, network, (name for end in ends for name in (end.account, end.merged_into)))
    keys = [(network, end.end_op, ids[end.account], ids[end.merged_into]) for end in ends]
    ids.keep_new()
    more = sum(_record_end(connection, key, end) for key, end in zip(keys, ends, strict=True))
    if more:
        connection.execute(_COUNT_FACTS, (network, 0, more))


def _record_end(connection: sqlite3.Connection, key: tuple[int, int, int | None, int | None], end: AccountEnd) -> int:
    """How many ends there are more than before. `key` is network, operation, account and the account merged into."""
    network, op, account, merged_into = key
    known = connection.execute(_KNOWN_END, key[:3]).fetchone()
    if known and known[0] >= end.version:
        return 0
    fewer = 0
    if known:
        fewer = connection.execute(_TAKE_OUT_END, key[:3]).rowcount
    elif is_provisional(op):
        if connection.execute(_EXACT_END, (account, op, merged_into)).fetchone():
            return 0
    else:
        provisional = (network, provisional_toid(ledger_of(op)), account, merged_into)
        fewer = connection.execute(_TAKE_OUT_PROVISIONAL_END, provisional).rowcount
    source, ended_at = CODE_OF_SOURCE[end.source], micros(end.ended_at)
    connection.execute(
        _KEEP_END, (*key, source, end.version, ended_at, packed(end.transaction_hash), end.amount_stroops)
    )
    return 1 - fewer


def _record_unplaced(connection: sqlite3.Connection, network: int, unplaced: Sequence[UnplacedCreation]) -> None:
    ids = AccountIds(connection, network, (name for one in unplaced for name in (one.account, one.creator)))
    rows = [
        (ids[one.account], ids[one.creator], CODE_OF_SOURCE[one.source], micros(one.created_at)) for one in unplaced
    ]
    ids.keep_new()
    connection.executemany(_KEEP_UNPLACED, rows)
