"""Rings in SQLite: full chunks are kept, the rest is read each time. Recording a creation removes the chunks it falls in."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import ACCOUNT_ID, Row
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.rings import CHUNK, RingChunk, Rings, chunk_of, whole_operations

TOGETHER = 8  # chunks read, and then written, at once: others wait no longer for the reader and the one writer

_ID = f"SELECT {ACCOUNT_ID}"
_KEPT = "SELECT chunk FROM ring_chunk WHERE creator = ? ORDER BY last_op"
_DOTS = """
    SELECT op, created_at, starting_balance_stroops, version FROM creation WHERE creator = ? AND op > ? ORDER BY op LIMIT ?
"""
# The order within an operation is that of addresses, which are not looked up for a million children of a million operations.
_DOTS_BY_ADDRESS = """
    SELECT made.op, made.created_at, made.starting_balance_stroops, made.version
    FROM creation AS made JOIN account ON account.id = made.account
    WHERE made.creator = ? AND made.op > ? AND made.op <= ? ORDER BY made.op, account.address
"""
_STAMP = "SELECT count(*), coalesce(sum(version), 0) FROM creation WHERE creator = ? AND op > ? AND op <= ?"
_LAST = "SELECT coalesce(max(last_op), -1) FROM ring_chunk WHERE creator = ?"
_KEEP = "INSERT INTO ring_chunk (creator, last_op, chunk) VALUES (?, ?, ?)"

_packed = msgspec.msgpack.Encoder().encode
_unpacked = msgspec.msgpack.Decoder(RingChunk).decode


@dataclass(frozen=True, slots=True)
class _Read:
    """A chunk as it was read."""

    after: int  # operation up to which the chunk before it reaches
    chunk: RingChunk
    versions: int  # the sum of those of its creations: whatever replaces one of them has a larger one
    full: bool  # more children follow it

    @property
    def stamp(self) -> tuple[int, int]:
        """What stands between `after` and its end for as long as nothing changed there."""
        return self.chunk.children, self.versions


class SqliteRingStore:
    """Rings in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rings_of(self, creator: AccountRef) -> Rings:
        ((number,),) = await self._database.rows(_ID, creator.network, creator.address)
        chunks = [_unpacked(packed) for (packed,) in await self._database.rows(_KEPT, number)]
        more = number is not None
        while more:
            after = chunks[-1].last_op if chunks else -1
            read = await self._database.read(partial(_read, creator=number, after=after))
            full = [each for each in read if each.full]
            if full:
                await self._database.write(partial(_keep, creator=number, read=full), durable=False)
            chunks += (each.chunk for each in read)
            more = len(full) == TOGETHER
        return Rings(chunks=tuple(chunks))


def _read(connection: sqlite3.Connection, creator: int, after: int) -> list[_Read]:
    """The next chunks, up to the one that nothing follows."""
    found: list[_Read] = []
    while len(found) < TOGETHER:
        rows, more = _rows(connection, creator, after)
        if not rows:
            break
        chunk = chunk_of([(op, at, balance) for op, at, balance, _ in rows])
        found.append(_Read(after, chunk, sum(version for *_, version in rows), more))
        if not more:
            break
        after = chunk.last_op
    return found


def _rows(connection: sqlite3.Connection, creator: int, after: int) -> tuple[list[Row], bool]:
    """Those of the next chunk, and whether more follow it."""
    size, count = CHUNK, 0
    while not count:
        rows = connection.execute(_DOTS, (creator, after, size + 1)).fetchall()
        if not rows:
            return [], False
        count, size = whole_operations(rows, size), size * 2
    more, rows = count < len(rows), rows[:count]
    if len({op for op, *_ in rows}) < count:
        rows = connection.execute(_DOTS_BY_ADDRESS, (creator, after, rows[-1][0])).fetchall()
    return rows, more


def _keep(connection: sqlite3.Connection, creator: int, read: Sequence[_Read]) -> None:
    """Keeps what follows the chunks that are kept, as far as the creations it was read from still stand."""
    (last,) = connection.execute(_LAST, (creator,)).fetchone()
    for each in read:
        if each.after != last:
            continue  # somebody else has kept it, or what is before it was removed
        if connection.execute(_STAMP, (creator, each.after, each.chunk.last_op)).fetchone() != each.stamp:
            return
        last = each.chunk.last_op
        connection.execute(_KEEP, (creator, last, _packed(each.chunk)))
