"""What was searched for: one row an account."""

import sqlite3
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from stellarmap_common.adapters.sqlite.accounts import account_id
from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import ACCOUNT_ID, NETWORK_ID, micros, network_id
from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.ports.search_cache import SEARCHES_KEPT, SearchEntry, SearchKey

_ENTRY_OF = f"SELECT entry FROM search_cache WHERE account = {ACCOUNT_ID}"
_PUT = """
    INSERT INTO search_cache (account, network, created_at, updated_at, entry) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET created_at = excluded.created_at, updated_at = excluded.updated_at, entry = excluded.entry
    WHERE excluded.updated_at >= updated_at
"""
_LAPSE = "DELETE FROM search_cache WHERE updated_at < ?"
_CREATED_ON = f"""
    SELECT entry FROM search_cache JOIN account ON account.id = search_cache.account
    WHERE search_cache.network = {NETWORK_ID} AND created_at >= ? AND (created_at < ? OR created_at = ? AND address < ?)
    ORDER BY created_at DESC, address DESC LIMIT ?
"""

_DAY = timedelta(days=1)

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
            account, network = account_id(connection, entry.account), network_id(connection, entry.account.network)
            updated_at = micros(entry.updated_at)
            connection.execute(_PUT, (account, network, micros(entry.created_at), updated_at, text))
            connection.execute(_LAPSE, (micros(entry.updated_at - SEARCHES_KEPT),))

        # What a power cut takes is written again by the next search.
        await self._database.write(work, durable=False)

    async def created_on(
        self, network: NetworkKey, day: date, before: SearchKey | None, limit: int
    ) -> tuple[SearchEntry, ...]:
        first, end = micros(datetime.combine(day, time(), UTC)), micros(datetime.combine(day + _DAY, time(), UTC))
        until, account = (micros(before.created_at), before.account) if before else (end, "")
        rows = await self._database.rows(_CREATED_ON, network, first, min(until, end), until, account, limit)
        return tuple(_entry.decode(entry) for (entry,) in rows)
