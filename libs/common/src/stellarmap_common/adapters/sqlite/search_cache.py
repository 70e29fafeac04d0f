"""What was searched for: one row an account."""

import sqlite3
from dataclasses import replace

import msgspec

from stellarmap_common.adapters.sqlite.accounts import account_id
from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import ACCOUNT_ID, micros
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.ports.search_cache import SEARCHES_KEPT, FirstView, SearchEntry

_ENTRY_OF = f"SELECT entry, first_view FROM search_cache WHERE account = {ACCOUNT_ID}"
_PUT = """
    INSERT INTO search_cache (account, updated_at, entry) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET updated_at = excluded.updated_at, entry = excluded.entry
    WHERE excluded.updated_at >= updated_at
"""
_PUT_VIEW = f"UPDATE search_cache SET first_view = ? WHERE account = {ACCOUNT_ID}"
_LAPSE = "DELETE FROM search_cache WHERE updated_at < ?"

_entry = msgspec.json.Decoder(SearchEntry)
_view = msgspec.json.Decoder(FirstView)


class SqliteSearchCache:
    """Searches in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def entry_of(self, account: AccountRef) -> SearchEntry | None:
        rows = await self._database.rows(_ENTRY_OF, account.network, account.address)
        if not rows:
            return None
        ((entry, view),) = rows
        return replace(_entry.decode(entry), first_view=None if view is None else _view.decode(view))

    async def put(self, entry: SearchEntry) -> None:
        text = msgspec.json.encode(replace(entry, first_view=None)).decode()

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(_PUT, (account_id(connection, entry.account), micros(entry.updated_at), text))
            connection.execute(_LAPSE, (micros(entry.updated_at - SEARCHES_KEPT),))

        # What a power cut takes is written again by the next search.
        await self._database.write(work, durable=False)

    async def put_view(self, account: AccountRef, view: FirstView) -> None:
        text = msgspec.json.encode(view).decode()

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(_PUT_VIEW, (text, account.network, account.address))

        await self._database.write(work, durable=False)
