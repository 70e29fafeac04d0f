"""The smallest durable write there is."""

import sqlite3

from stellarmap_common.adapters.sqlite.database import Database


class SqliteHealthStore:
    """Health in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def writable(self) -> None:
        await self._database.write(write_something)


def write_something(connection: sqlite3.Connection) -> None:
    """Afterwards the transaction has a page to write: SQLite writes a number of the header even if it stays the same."""
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    connection.execute(f"PRAGMA user_version = {int(schema)}")
