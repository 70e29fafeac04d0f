"""Configuration at run time. One process writes a file, so its one writer is what makes a change conditional."""

import sqlite3

import msgspec

from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.encoding import micros
from stellarmap_common.ports.config_store import ConfigChange

_STORED = """
    SELECT change FROM config_change AS latest
    WHERE version = (SELECT max(version) FROM config_change WHERE key = latest.key) ORDER BY key
"""
_LATEST = "SELECT change FROM config_change WHERE key = ? ORDER BY version DESC LIMIT 1"
_PUT = "INSERT INTO config_change (key, version, changed_at, change) VALUES (?, ?, ?, ?)"
_CHANGES = "SELECT change FROM config_change ORDER BY changed_at DESC, key DESC, version DESC LIMIT ?"

_change = msgspec.json.Decoder(ConfigChange)


class SqliteConfigStore:
    """Configuration in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def stored(self) -> tuple[ConfigChange, ...]:
        return tuple(_change.decode(text) for (text,) in await self._database.rows(_STORED))

    async def put(self, change: ConfigChange) -> bool:
        text = msgspec.json.encode(change).decode()

        def work(connection: sqlite3.Connection) -> bool:
            row = connection.execute(_LATEST, (change.key,)).fetchone()
            latest = _change.decode(row[0]) if row else None
            if latest == change:
                return True
            if change.version != (latest.version if latest else 0) + 1:
                return False
            connection.execute(_PUT, (change.key, change.version, micros(change.changed_at), text))
            return True

        return await self._database.write(work)

    async def changes(self, limit: int) -> tuple[ConfigChange, ...]:
        return tuple(_change.decode(text) for (text,) in await self._database.rows(_CHANGES, limit))
