"""Copies of two SQLite files as of one instant, made beside whoever writes them, who never waits for it."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from stellarmap_common.adapters.sqlite.connection import connect_to_look, translated_errors
from stellarmap_common.adapters.sqlite.log_file import SCHEMA as LOG_SCHEMA
from stellarmap_common.adapters.sqlite.migrations.files import migrations_in, own_folder
from stellarmap_common.errors import PermanentError, StoreUnavailable

STEP_PAGES = 2_000  # copied between two times that progress is told and Ctrl-C is heard
CHECK_STEPS = 1_000_000  # of SQLite's machine, between two times that Ctrl-C is heard
INSTANT_S = 10.0
NEVER_STILL = "The event log never stood still for the moment a backup needs. Nothing was written; try again."

Told = Callable[[int, int], None]
"""How much is copied, of how much, in bytes."""


class DamagedCopy(PermanentError):
    """A copy is not what it should be; the message says what to do."""


class Snapshot:
    """A file as it was at one instant, whatever is written since."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        (self._page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        self.bytes = int(pages * self._page_bytes)

    def copy_to(self, target: Path, told: Told) -> None:
        """Afterwards `target` is a whole copy, and durable. Raises: StoreUnavailable."""

        def step(_: int, left: int, total: int) -> None:
            told((total - left) * self._page_bytes, total * self._page_bytes)

        with translated_errors(target), closing(sqlite3.connect(target, isolation_level=None)) as copy:
            # A copy that is not finished is thrown away: it needs no journal, and one sync at its end.
            copy.execute("PRAGMA journal_mode = OFF").fetchone()
            copy.execute("PRAGMA synchronous = OFF")
            self._connection.backup(copy, pages=STEP_PAGES, progress=step)
        with target.open("rb") as written:
            os.fsync(written.fileno())


@contextmanager
def one_instant(store: Path, log: Path) -> Iterator[tuple[Snapshot, Snapshot]]:
    """While open: store and log as a kill of the process would have left them at one instant.

    Were the log younger than the store, it would have offsets whose effects are not there; were it older, the store would
    take events for published that are not there. So the store is looked at while the log stands still, which takes
    microseconds; if the log was written meanwhile, both are looked at again. Raises: StoreUnavailable.
    """
    with translated_errors(store), ExitStack() as opened:
        of_store, of_log, watch = (opened.enter_context(closing(_reader(path))) for path in (store, log, log))
        until = time.monotonic() + INSTANT_S
        while True:
            before = _version(watch)
            _hold(of_log)
            _hold(of_store)
            if _version(watch) == before:
                break
            of_store.execute("ROLLBACK")
            of_log.execute("ROLLBACK")
            if time.monotonic() > until:
                raise StoreUnavailable(NEVER_STILL)
        yield Snapshot(store, of_store), Snapshot(log, of_log)


@dataclass(frozen=True, slots=True)
class Examined:
    """What a sound copy says of itself."""

    networks: tuple[str, ...] = ()
    migrations: tuple[str, ...] = ()  # none: not a store
    log_schema: int = 0


def newer_than_this(migrations: Iterable[str], log_schema: int) -> tuple[str, ...]:
    """What of these schemas only a newer StellarMap knows."""
    known = {migration.name for migration in migrations_in(own_folder())}
    newer_log = (f"log schema {log_schema}",) if log_schema > LOG_SCHEMA else ()
    return (*(name for name in migrations if name not in known), *newer_log)


def examine(copy: Path) -> Examined:
    """What is in a copy that nobody else has open, once all of it was read and found whole. Raises: DamagedCopy."""
    # Immutable: it is read as it is, and nothing is put beside it.
    uri = f"{copy.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.set_progress_handler(lambda: None, CHECK_STEPS)
            problems = [str(problem) for (problem,) in connection.execute("PRAGMA integrity_check(3)")]
            if problems != ["ok"]:
                raise DamagedCopy(f"{copy} is damaged: {'; '.join(problems)}.")
            return _examined(connection)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:  # Ctrl-C, heard while SQLite worked
            raise KeyboardInterrupt from error
        raise DamagedCopy(f"{copy} cannot be read: {error}.") from error
    except sqlite3.DatabaseError as error:
        raise DamagedCopy(f"{copy} cannot be read: {error}.") from error


def _examined(connection: sqlite3.Connection) -> Examined:
    (log_schema,) = connection.execute("PRAGMA user_version").fetchone()
    tables = {str(name) for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if "schema_migration" not in tables:
        return Examined(log_schema=log_schema)
    return Examined(
        networks=tuple(str(key) for (key,) in connection.execute("SELECT key FROM network ORDER BY key")),
        migrations=tuple(
            str(name) for (name,) in connection.execute("SELECT name FROM schema_migration ORDER BY name")
        ),
        log_schema=log_schema,
    )


def _reader(path: Path) -> sqlite3.Connection:
    connection = connect_to_look(path)
    connection.isolation_level = None
    return connection


def _hold(connection: sqlite3.Connection) -> None:
    """Afterwards the connection sees the file as it is now, until it rolls back: the first read takes the snapshot."""
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def _version(connection: sqlite3.Connection) -> int:
    """Another number after each commit of somebody else."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])
