"""One SQLite file (or memory) behind `rows`, `read` and `write`. What a `write` returned is durable, if it asked for that."""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from stellarmap_common.adapters.sqlite.connection import MEMORY, connect_writer, translated_errors
from stellarmap_common.adapters.sqlite.encoding import Row
from stellarmap_common.adapters.sqlite.migrations import apply_in_memory, require_current
from stellarmap_common.adapters.sqlite.threads import (
    Job,
    Jobs,
    ReaderThread,
    StoreThread,
    Work,
    WriterThread,
    closed_error,
)

READERS = 2

T = TypeVar("T")


class Database(ABC):
    """Where the stores run their SQL. Work is a plain function of a connection; it must not keep the connection."""

    async def rows(self, sql: str, *parameters: str | int | None) -> list[Row]:
        """What one statement reads, as of the latest commit. Raises: StoreUnavailable."""
        return await self.read(partial(_fetched, sql=sql, parameters=parameters))

    @abstractmethod
    async def read(self, work: Work[T]) -> T:
        """What `work` read, all of it as of the latest commit. Raises: StoreUnavailable."""

    @abstractmethod
    async def write(self, work: Work[T], *, durable: bool = True) -> T:
        """What `work` returned, once all it wrote is durable; nothing of it is written when it raises.

        Not `durable`: it can be read, and survives the process; a power cut may undo it until a later write is durable.

        Raises: StoreUnavailable (nothing is certain), or what `work` raised.
        """


class InlineDatabase(Database):
    """Everything on the caller's thread, within the call: the same calls give the same file, always."""

    def __init__(self, connection: sqlite3.Connection, path: str | Path) -> None:
        self._connection = connection
        self._path = path

    async def read(self, work: Work[T]) -> T:
        with translated_errors(self._path):
            return work(self._connection)

    async def write(self, work: Work[T], *, durable: bool = True) -> T:  # noqa: ARG002 - here every write is
        with translated_errors(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                value = work(self._connection)
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.rollback()
        return value


class ThreadedDatabase(Database):
    """One thread that writes, with one commit for all who wait; some that read beside it."""

    def __init__(self, path: Path, readers: int) -> None:
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._writes: Jobs = SimpleQueue()
        self._reads: Jobs = SimpleQueue()
        self._closed = False
        self._writer = WriterThread(path, self._writes, "store-writer")
        self._readers = [ReaderThread(path, self._reads, f"store-reader-{number}") for number in range(readers)]

    async def rows(self, sql: str, *parameters: str | int | None) -> list[Row]:
        # A statement sees one moment by itself, so it needs no transaction around it.
        return await self._given_to(self._reads, partial(_fetched, sql=sql, parameters=parameters), transaction=False)

    async def read(self, work: Work[T]) -> T:
        return await self._given_to(self._reads, work)

    async def write(self, work: Work[T], *, durable: bool = True) -> T:
        return await self._given_to(self._writes, work, durable=durable)

    async def open(self) -> None:
        """Afterwards every thread has its connection."""
        for thread in (self._writer, *self._readers):
            thread.start()
            await thread.opened

    async def close(self) -> None:
        """Afterwards all work given before is done, and the file is nobody's."""
        self._closed = True
        await _ended(self._readers)
        await _ended([self._writer])  # the last connection to go tidies the write-ahead log

    def _given_to(
        self, jobs: Jobs, work: Work[T], *, durable: bool = True, transaction: bool = True
    ) -> asyncio.Future[T]:
        if self._closed:
            raise closed_error(self._path)
        future: asyncio.Future[Any] = self._loop.create_future()
        jobs.put(Job(work, future, durable, transaction))
        return future


@asynccontextmanager
async def open_database(path: str | Path, *, inline: bool = False, readers: int = READERS) -> AsyncIterator[Database]:
    """The database of an installation. A file must have the newest schema (`migrate`); `:memory:` (inline) is born with it.

    Raises: SchemaRefused, StoreUnavailable.
    """
    if path != MEMORY:
        require_current(Path(path))
    elif not inline:
        raise ValueError("a database in memory belongs to one connection: open it inline")
    if inline:
        with closing(connect_writer(path)) as connection:
            if path == MEMORY:
                apply_in_memory(connection)
            yield InlineDatabase(connection, path)
        return
    database = ThreadedDatabase(Path(path), readers)
    try:
        await database.open()
        yield database
    finally:
        await database.close()


def _fetched(connection: sqlite3.Connection, sql: str, parameters: Sequence[str | int | None]) -> list[Row]:
    return connection.execute(sql, parameters).fetchall()


async def _ended(threads: Sequence[StoreThread]) -> None:
    started = [thread for thread in threads if thread.ident is not None]
    for thread in started:
        thread.jobs.put(None)
    for thread in started:
        await thread.closed
        thread.join()
