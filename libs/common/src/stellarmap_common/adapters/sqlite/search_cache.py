"""What was searched for: one row an account."""

import sqlite3

import msgspec

from stellarmap_common.adapters.sqlite.accounts import account_id
from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import ACCOUNT_ID, micros
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.ports.search_cache import SEARCHES_KEPT, SearchEntry

_ENTRY_OF = f"SELECT entry FROM search_cache WHERE account = {ACCOUNT_ID}"
_PUT = """
    INSERT INTO search_cache (account, updated_at, entry) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET updated_at = excluded.updated_at, entry = excluded.entry
    WHERE excluded.updated_at >= updated_at
"""
_LAPSE = "DELETE FROM search_cache WHERE updated_at < ?"

_entry = msgspec.json.Decoder(SearchEntry)


class SqliteSearchCache:
    """Searches in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def entry_of(self, account: AccountRef) -> SearchEntry | None:
        rows = await self._database.rows(_ENTRY_OF, account.network, account.address)
        return _entry.decode(rows[0][0]) if rows else None

    async def put(self, entry: SearchEntry) -> None:
        text = msgspec.json.encode(entry).decode()

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(_PUT, (account_id(connection, entry.account), micros(entry.updated_at), text))
            connection.execute(_LAPSE, (micros(entry.updated_at - SEARCHES_KEPT),))

        # What a power cut takes is written again by the next search.
        await self._database.write(work, durable=False)
