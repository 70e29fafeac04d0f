"""A store to look at: the file stays as it is, to the last byte, whoever has it open and however its last owner ended."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from stellarmap_common.adapters.sqlite.connection import connect_to_look, translated_errors
from stellarmap_common.adapters.sqlite.database import Database, T
from stellarmap_common.adapters.sqlite.migrations import require_current
from stellarmap_common.adapters.sqlite.threads import Work
from stellarmap_common.errors import StoreUnavailable


class LookingDatabase(Database):
    """Reads on the caller's thread, and never writes."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    async def read(self, work: Work[T]) -> T:
        with translated_errors(self._path):
            self._connection.execute("BEGIN")
            try:
                return work(self._connection)
            finally:
                self._connection.rollback()

    async def write(self, work: Work[T], *, durable: bool = True) -> T:
        raise StoreUnavailable(f"The store {self._path} is opened to look at: {work} would write ({durable=}).")


@asynccontextmanager
async def open_to_look(path: Path) -> AsyncIterator[Database]:
    """The database as it stands at each read, beside whoever writes it. Raises: SchemaRefused, StoreUnavailable."""
    require_current(path)
    with translated_errors(path), closing(connect_to_look(path)) as connection:
        yield LookingDatabase(connection, path)
