"""Reading creations and ends. How they are written stands in recording.py."""

import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from functools import partial

import msgspec

from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import (
    ACCOUNT_ID,
    ACCOUNT_IDS,
    GREATEST,
    KIND_OF_CODE,
    NETWORK_ID,
    SOURCE_OF_CODE,
    Row,
    moment_of,
)
from stellarmap_common.adapters.sqlite.loading import LOADED_FROM, LOADED_TOGETHER, load_if_empty
from stellarmap_common.adapters.sqlite.recording import FACTS_TOGETHER, record_facts
from stellarmap_common.domain.creation import AccountEnd, Creation, Incarnation, UnplacedCreation, lives_begun
from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.ports.creation_store import ChildRange

SCANNED_TOGETHER = 2_000

_BUCKET = 50  # bits of an operation id below its bucket

CREATION = """
    made.op, account.address, creator.address, made.kind, made.source, made.created_at,
    nullif(lower(hex(made.transaction_hash)), ''), transaction_source.address, sponsor.address,
    made.starting_balance_stroops
"""
NAMED = """
    JOIN account ON account.id = made.account
    LEFT JOIN account AS creator ON creator.id = made.creator
    LEFT JOIN account AS transaction_source ON transaction_source.id = made.transaction_source
    LEFT JOIN account AS sponsor ON sponsor.id = made.sponsor
"""
_CREATIONS_OF = f"""
    SELECT {CREATION} FROM creation AS made {NAMED}
    WHERE made.account IN {ACCOUNT_IDS} ORDER BY made.op, account.address
"""
_CHILDREN_OF = f"""
    SELECT {CREATION} FROM creation AS made {NAMED}
    WHERE made.creator = {ACCOUNT_ID} AND made.op BETWEEN ? AND ? AND (made.op > ? OR account.address > ?)
    ORDER BY made.op, account.address LIMIT ?
"""
# `+creator`: found by the account, which has a life or two; by its creator it would be looked for among all its siblings.
_WITH_CHILDREN = f"""
    SELECT {CREATION}, known.children
    FROM child_with_children AS known
    CROSS JOIN creation AS made ON made.account = known.child AND made.op = known.op
    {NAMED}
    WHERE known.creator = {ACCOUNT_ID}
    ORDER BY known.children DESC, known.op, account.address LIMIT ?
"""
_SCAN_CREATIONS = f"""
    SELECT made.account, {CREATION} FROM creation AS made {NAMED}
    WHERE made.network = {NETWORK_ID} AND (made.op, made.account) > (?, ?) ORDER BY made.op, made.account LIMIT ?
"""

END = """
    ended.op, account.address, heir.address, ended.source, ended.ended_at,
    nullif(lower(hex(ended.transaction_hash)), ''), ended.amount_stroops
"""
END_NAMED = """
    JOIN account ON account.id = ended.account
    JOIN account AS heir ON heir.id = ended.merged_into
"""
_ENDS_OF = f"""
    SELECT {END} FROM account_end AS ended {END_NAMED}
    WHERE ended.account IN {ACCOUNT_IDS} ORDER BY ended.op, account.address
"""
_SCAN_ENDS = f"""
    SELECT ended.account, {END} FROM account_end AS ended {END_NAMED}
    WHERE ended.network = {NETWORK_ID} AND (ended.op, ended.account) > (?, ?) ORDER BY ended.op, ended.account LIMIT ?
"""
# Children are found by their places in their creator's index, where neighbours lie on one page. By their addresses, which come
# in no order, each would be on another page of a large store, and be read from the disk.
_OF_MERGED_CHILDREN = f"""
    WITH merged (id) AS MATERIALIZED (
        SELECT DISTINCT made.account FROM creation AS made
        WHERE made.creator = {ACCOUNT_ID} AND made.op IN (SELECT value FROM json_each(?))
          AND EXISTS (SELECT 1 FROM account_end WHERE account_end.account = made.account)
    )
    SELECT
        (
            SELECT json_group_array(json_array({CREATION}))
            FROM merged CROSS JOIN creation AS made ON made.account = merged.id {NAMED}
        ),
        (
            SELECT json_group_array(json_array({END}))
            FROM merged CROSS JOIN account_end AS ended ON ended.account = merged.id {END_NAMED}
        )
"""

UNPLACED = "creator.address, heard.source, heard.created_at"
UNPLACED_NAMED = "JOIN account AS creator ON creator.id = heard.creator"
_UNPLACED_OF = f"""
    SELECT {UNPLACED} FROM creation_unplaced AS heard {UNPLACED_NAMED}
    WHERE heard.account = {ACCOUNT_ID} ORDER BY creator.address, heard.source
"""

_ALL_CHILDREN = f"SELECT coalesce(sum(children), 0) FROM child_count WHERE creator = {ACCOUNT_ID}"
_EDGE = "SELECT count(*) FROM creation WHERE creator = ? AND op BETWEEN ? AND ?"
_WHOLE_BUCKETS = "SELECT coalesce(sum(children), 0) FROM child_count WHERE creator = ? AND bucket < ?"
_BESIDE = """
    SELECT count(*) FROM creation JOIN account ON account.id = creation.account
    WHERE creation.creator = ? AND creation.op = ? AND account.address > ?
"""

_decoded = msgspec.json.Decoder(list[Row]).decode


class SqliteCreationStore:
    """Creations and ends in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self,
        creations: Sequence[Creation] = (),
        ends: Sequence[AccountEnd] = (),
        unplaced: Sequence[UnplacedCreation] = (),
    ) -> None:
        if len(creations) >= LOADED_FROM:
            loaded = await self._database.write(partial(load_if_empty, creations=creations[:LOADED_TOGETHER]))
            creations = creations[loaded:]
        # A page is one transaction; an import is many, so that nobody else waits long for the one writer.
        size = max(len(creations), len(ends), len(unplaced))
        for start in range(0, size, FACTS_TOGETHER):
            part = slice(start, start + FACTS_TOGETHER)
            # A page is not synced by itself: the cursor that counts it is, and with it everything before.
            await self._database.write(
                partial(record_facts, creations=creations[part], ends=ends[part], unplaced=unplaced[part]),
                durable=size > FACTS_TOGETHER,
            )

    async def creations_of(self, *accounts: AccountRef) -> tuple[Creation, ...]:
        rows = await self._rows_of(_CREATIONS_OF, accounts)
        return tuple(creation_of_row(accounts[0].network, row) for row in rows)

    async def ends_of(self, *accounts: AccountRef) -> tuple[AccountEnd, ...]:
        rows = await self._rows_of(_ENDS_OF, accounts)
        return tuple(end_of_row(accounts[0].network, row) for row in rows)

    async def unplaced_of(self, account: AccountRef) -> tuple[UnplacedCreation, ...]:
        rows = await self._database.rows(_UNPLACED_OF, account.network, account.address)
        return tuple(unplaced_of_row(account, row) for row in rows)

    async def children_of(self, creator: AccountRef, within: ChildRange, limit: int) -> tuple[Creation, ...]:
        first, last = _bounds(within)
        after_op, after_child = (within.after.created_op, within.after.child) if within.after else (-1, "")
        rows = await self._database.rows(
            _CHILDREN_OF, creator.network, creator.address, first, last, after_op, after_child, limit
        )
        return tuple(creation_of_row(creator.network, row) for row in rows)

    async def lives_of_children(self, creator: AccountRef, children: Sequence[Creation]) -> tuple[Incarnation, ...]:
        if not children:
            return ()
        operations = json.dumps([child.created_op for child in children])
        ((made, merged),) = await self._database.rows(_OF_MERGED_CHILDREN, creator.network, creator.address, operations)
        return lives_begun(
            children,
            [creation_of_row(creator.network, row) for row in _decoded(made)],
            [end_of_row(creator.network, row) for row in _decoded(merged)],
        )

    async def count_children(self, creator: AccountRef, within: ChildRange) -> int:
        if within == ChildRange():  # what every view of an account asks
            ((children,),) = await self._database.rows(_ALL_CHILDREN, creator.network, creator.address)
            return int(children)
        return await self._database.read(partial(_count_children, creator=creator, within=within))

    async def children_with_children(self, creator: AccountRef, limit: int) -> tuple[tuple[Creation, int], ...]:
        rows = await self._database.rows(_WITH_CHILDREN, creator.network, creator.address, limit)
        return tuple((creation_of_row(creator.network, row), children) for *row, children in rows)

    async def scan(self, network: NetworkKey) -> AsyncIterator[tuple[Sequence[Creation], Sequence[AccountEnd]]]:
        async for rows in self._scanned(_SCAN_CREATIONS, network):
            yield tuple(creation_of_row(network, row) for row in rows), ()
        async for rows in self._scanned(_SCAN_ENDS, network):
            yield (), tuple(end_of_row(network, row) for row in rows)

    async def _rows_of(self, sql: str, accounts: Sequence[AccountRef]) -> list[Row]:
        if not accounts:
            return []
        addresses = json.dumps([account.address for account in accounts])
        return await self._database.rows(sql, accounts[0].network, addresses)

    async def _scanned(self, sql: str, network: NetworkKey) -> AsyncIterator[list[Row]]:
        """Rows in chunks, each of a short read of its own: an export never holds the write-ahead log."""
        after = (-1, -1)
        while rows := await self._database.rows(sql, network, *after, SCANNED_TOGETHER):
            yield [row[1:] for row in rows]
            after = (rows[-1][1], rows[-1][0])


def creation_of_row(network: NetworkKey, row: Row) -> Creation:
    """The creation, of the columns of CREATION."""
    op, account, creator, kind, source, created_at, transaction_hash, transaction_source, sponsor, starting_balance = (
        row
    )
    return Creation(
        network=network,
        account=account,
        created_op=op,
        creator=creator,
        kind=KIND_OF_CODE[kind],
        source=SOURCE_OF_CODE[source],
        created_at=moment_of(created_at),
        transaction_hash=transaction_hash,
        transaction_source=transaction_source,
        sponsor=sponsor,
        starting_balance_stroops=starting_balance,
    )


def end_of_row(network: NetworkKey, row: Row) -> AccountEnd:
    """The end, of the columns of END."""
    op, account, merged_into, source, ended_at, transaction_hash, amount_stroops = row
    return AccountEnd(
        network=network,
        account=account,
        end_op=op,
        merged_into=merged_into,
        source=SOURCE_OF_CODE[source],
        ended_at=moment_of(ended_at),
        transaction_hash=transaction_hash,
        amount_stroops=amount_stroops,
    )


def unplaced_of_row(account: AccountRef, row: Row) -> UnplacedCreation:
    """What was heard of the account's creation, of the columns of UNPLACED."""
    creator, source, created_at = row
    return UnplacedCreation(
        network=account.network,
        account=account.address,
        creator=creator,
        source=SOURCE_OF_CODE[source],
        created_at=moment_of(created_at),
    )


def _bounds(within: ChildRange) -> tuple[int, int]:
    """First and last operation of a range, both inclusive; of the first, only children beyond `after` belong to it."""
    first = max(within.since or 0, within.after.created_op if within.after else 0)
    return first, GREATEST if within.up_to is None else within.up_to


def _count_children(connection: sqlite3.Connection, creator: AccountRef, within: ChildRange) -> int:
    (made_by,) = connection.execute(f"SELECT {ACCOUNT_ID}", (creator.network, creator.address)).fetchone()
    first, last = _bounds(within)
    if first > last:
        return 0
    beside = 0
    if within.after and within.after.created_op == first:
        (beside,) = connection.execute(_BESIDE, (made_by, first, within.after.child)).fetchone()
        first += 1
    return int(beside) + _made_until(connection, made_by, last) - _made_until(connection, made_by, first - 1)


def _made_until(connection: sqlite3.Connection, creator: int | None, op: int) -> int:
    """How many creations `creator` made up to `op`: whole buckets, and the edge of one."""
    bucket = op >> _BUCKET
    (whole,) = connection.execute(_WHOLE_BUCKETS, (creator, bucket)).fetchone()
    (edge,) = connection.execute(_EDGE, (creator, bucket << _BUCKET, op)).fetchone()
    return int(whole) + int(edge)
