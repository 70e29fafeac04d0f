"""Whether the store can be written, and when what was written is durable."""

from stellarmap_common.adapters.sqlite.connection import write_something
from stellarmap_common.adapters.sqlite.database import Database
from stellarmap_common.adapters.sqlite.threads import nothing


class SqliteHealthStore:
    """Health in SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def writable(self) -> None:
        await self._database.write(write_something)

    async def settled(self) -> None:
        await self._database.write(nothing)
