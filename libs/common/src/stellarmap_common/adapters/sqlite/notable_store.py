"""Children that are worth naming for who they are."""

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from stellarmap_common.adapters.sqlite.accounts import account_id
from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import ACCOUNT_ID, micros
from stellarmap_common.domain.lookup import Notable
from stellarmap_common.domain.network import AccountRef, Address

_PUT = """
    INSERT INTO child_notable (creator, child, face, put_at) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET face = excluded.face, put_at = excluded.put_at WHERE excluded.put_at >= put_at
"""
_REMOVE = f"DELETE FROM child_notable WHERE creator = {ACCOUNT_ID} AND child = ? AND put_at <= ?"
_CHILDREN_OF = f"SELECT face FROM child_notable WHERE creator = {ACCOUNT_ID} ORDER BY child LIMIT ?"

_notable = msgspec.json.Decoder(Notable)


class SqliteNotableStore:
    """Notable children in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, creator: AccountRef, notable: Notable, at: datetime) -> None:
        face = msgspec.json.encode(notable).decode()

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(_PUT, (account_id(connection, creator), notable.child, face, micros(at)))

        # Whoever puts it notes that afterwards, with a write that is durable, and all before it.
        await self._database.write(work, durable=False)

    async def remove(self, creator: AccountRef, child: Address, at: datetime) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute(_REMOVE, (creator.network, creator.address, child, micros(at)))

        await self._database.write(work, durable=False)

    async def children_of(self, creator: AccountRef, limit: int) -> tuple[Notable, ...]:
        rows = await self._database.rows(_CHILDREN_OF, creator.network, creator.address, limit)
        return await asyncio.to_thread(_faces, rows)  # of a large hub: tens of milliseconds


def _faces(rows: Iterable[Sequence[Any]]) -> tuple[Notable, ...]:
    return tuple(_notable.decode(face) for (face,) in rows)
