"""Reading creations and ends. How they are written stands in recording.py."""

import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import (
    ACCOUNT_ID,
    ACCOUNT_IDS,
    GREATEST,
    KIND_OF_CODE,
    NETWORK_ID,
    SOURCE_OF_CODE,
    moment_of,
    unpacked,
)
from stellarmap_common.adapters.sqlite.loading import LOADED_FROM, LOADED_TOGETHER, load_if_empty
from stellarmap_common.adapters.sqlite.recording import FACTS_TOGETHER, record_facts
from stellarmap_common.domain.creation import AccountEnd, Creation, UnplacedCreation
from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.ports.creation_store import ChildRange

SCANNED_TOGETHER = 2_000

_BUCKET = 50  # bits of an operation id below its bucket

_CREATION = """
    made.op, account.address, creator.address, made.kind, made.source, made.created_at, made.transaction_hash,
    transaction_source.address, sponsor.address, made.starting_balance_stroops
"""
_NAMED = """
    JOIN account ON account.id = made.account
    LEFT JOIN account AS creator ON creator.id = made.creator
    LEFT JOIN account AS transaction_source ON transaction_source.id = made.transaction_source
    LEFT JOIN account AS sponsor ON sponsor.id = made.sponsor
"""
_CREATIONS_OF = f"""
    SELECT {_CREATION} FROM creation AS made {_NAMED}
    WHERE made.account IN {ACCOUNT_IDS} ORDER BY made.op, account.address
"""
_CHILDREN_OF = f"""
    SELECT {_CREATION} FROM creation AS made {_NAMED}
    WHERE made.creator = {ACCOUNT_ID} AND made.op BETWEEN ? AND ? AND (made.op > ? OR account.address > ?)
    ORDER BY made.op, account.address LIMIT ?
"""
# `+creator`: found by the account, which has a life or two; by its creator it would be looked for among all its siblings.
_WITH_CHILDREN = f"""
    SELECT {_CREATION}, known.children
    FROM child_with_children AS known
    CROSS JOIN creation AS made ON made.account = known.child AND made.op = known.op
    {_NAMED}
    WHERE known.creator = {ACCOUNT_ID}
    ORDER BY known.children DESC, known.op, account.address LIMIT ?
"""
_SCAN_CREATIONS = f"""
    SELECT made.account, {_CREATION} FROM creation AS made {_NAMED}
    WHERE made.network = {NETWORK_ID} AND (made.op, made.account) > (?, ?) ORDER BY made.op, made.account LIMIT ?
"""

_END = """
    ended.op, account.address, heir.address, ended.source, ended.ended_at, ended.transaction_hash, ended.amount_stroops
"""
_END_NAMED = """
    JOIN account ON account.id = ended.account
    JOIN account AS heir ON heir.id = ended.merged_into
"""
_ENDS_OF = f"""
    SELECT {_END} FROM account_end AS ended {_END_NAMED}
    WHERE ended.account IN {ACCOUNT_IDS} ORDER BY ended.op, account.address
"""
_SCAN_ENDS = f"""
    SELECT ended.account, {_END} FROM account_end AS ended {_END_NAMED}
    WHERE ended.network = {NETWORK_ID} AND (ended.op, ended.account) > (?, ?) ORDER BY ended.op, ended.account LIMIT ?
"""

_UNPLACED_OF = f"""
    SELECT creator.address, heard.source, heard.created_at
    FROM creation_unplaced AS heard JOIN account AS creator ON creator.id = heard.creator
    WHERE heard.account = {ACCOUNT_ID} ORDER BY creator.address, heard.source
"""

_EDGE = "SELECT count(*) FROM creation WHERE creator = ? AND op BETWEEN ? AND ?"
_WHOLE_BUCKETS = "SELECT coalesce(sum(children), 0) FROM child_count WHERE creator = ? AND bucket < ?"
_BESIDE = """
    SELECT count(*) FROM creation JOIN account ON account.id = creation.account
    WHERE creation.creator = ? AND creation.op = ? AND account.address > ?
"""


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
        return await self._database.read(partial(read_creations, accounts=accounts))

    async def ends_of(self, *accounts: AccountRef) -> tuple[AccountEnd, ...]:
        return await self._database.read(partial(read_ends, accounts=accounts))

    async def unplaced_of(self, account: AccountRef) -> tuple[UnplacedCreation, ...]:
        return await self._database.read(partial(read_unplaced, account=account))

    async def children_of(self, creator: AccountRef, within: ChildRange, limit: int) -> tuple[Creation, ...]:
        first, last = _bounds(within)
        after_op, after_child = (within.after.created_op, within.after.child) if within.after else (-1, "")
        rows = await self._rows(
            _CHILDREN_OF, creator.network, creator.address, first, last, after_op, after_child, limit
        )
        return tuple(_creation(creator.network, row) for row in rows)

    async def count_children(self, creator: AccountRef, within: ChildRange) -> int:
        return await self._database.read(partial(_count_children, creator=creator, within=within))

    async def children_with_children(self, creator: AccountRef, limit: int) -> tuple[tuple[Creation, int], ...]:
        rows = await self._rows(_WITH_CHILDREN, creator.network, creator.address, limit)
        return tuple((_creation(creator.network, row), children) for *row, children in rows)

    async def scan(self, network: NetworkKey) -> AsyncIterator[tuple[Sequence[Creation], Sequence[AccountEnd]]]:
        async for rows in self._scanned(_SCAN_CREATIONS, network):
            yield tuple(_creation(network, row) for row in rows), ()
        async for rows in self._scanned(_SCAN_ENDS, network):
            yield (), tuple(_end(network, row) for row in rows)

    async def _scanned(self, sql: str, network: NetworkKey) -> AsyncIterator[list[tuple[Any, ...]]]:
        """Rows in chunks, each of a short read of its own: an export never holds the write-ahead log."""
        after = (-1, -1)
        while rows := await self._rows(sql, network, *after, SCANNED_TOGETHER):
            yield [row[1:] for row in rows]
            after = (rows[-1][1], rows[-1][0])

    async def _rows(self, sql: str, *parameters: str | int) -> list[tuple[Any, ...]]:
        return await self._database.read(lambda connection: connection.execute(sql, parameters).fetchall())


def read_creations(connection: sqlite3.Connection, accounts: Sequence[AccountRef]) -> tuple[Creation, ...]:
    """Every known life of these accounts of one network, in operation order."""
    return tuple(_creation(accounts[0].network, row) for row in _rows_of(connection, _CREATIONS_OF, accounts))


def read_ends(connection: sqlite3.Connection, accounts: Sequence[AccountRef]) -> tuple[AccountEnd, ...]:
    """Every known merge of these accounts of one network, in operation order."""
    return tuple(_end(accounts[0].network, row) for row in _rows_of(connection, _ENDS_OF, accounts))


def read_unplaced(connection: sqlite3.Connection, account: AccountRef) -> tuple[UnplacedCreation, ...]:
    """Creations of the account without any ledger yet."""
    rows = connection.execute(_UNPLACED_OF, (account.network, account.address)).fetchall()
    return tuple(
        UnplacedCreation(
            network=account.network,
            account=account.address,
            creator=creator,
            source=SOURCE_OF_CODE[source],
            created_at=moment_of(created_at),
        )
        for creator, source, created_at in rows
    )


def _rows_of(connection: sqlite3.Connection, sql: str, accounts: Sequence[AccountRef]) -> list[tuple[Any, ...]]:
    if not accounts:
        return []
    addresses = json.dumps([account.address for account in accounts])
    return connection.execute(sql, (accounts[0].network, addresses)).fetchall()


def _creation(network: NetworkKey, row: Sequence[Any]) -> Creation:
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
        transaction_hash=unpacked(transaction_hash),
        transaction_source=transaction_source,
        sponsor=sponsor,
        starting_balance_stroops=starting_balance,
    )


def _end(network: NetworkKey, row: Sequence[Any]) -> AccountEnd:
    op, account, merged_into, source, ended_at, transaction_hash, amount_stroops = row
    return AccountEnd(
        network=network,
        account=account,
        end_op=op,
        merged_into=merged_into,
        source=SOURCE_OF_CODE[source],
        ended_at=moment_of(ended_at),
        transaction_hash=unpacked(transaction_hash),
        amount_stroops=amount_stroops,
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
