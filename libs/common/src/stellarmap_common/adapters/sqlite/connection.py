"""SQLite connections as every part of the store needs them, and the one place where their errors become ours."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stellarmap_common.errors import DiskFull, StoreUnavailable

MEMORY = ":memory:"
BUSY_S = 5.0
STATEMENTS_KEPT = 256
WRITER_CACHE_KIB = 4 * 1024
READER_CACHE_KIB = 1024
CHECKPOINT_PAGES = 16_000  # 64 MiB of log: fewer, larger copies into the file than by default
KEPT_LOG_BYTES = 64 << 20

_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOTADB,
}
_PRIMARY_CODE = 0xFF  # the low byte; the rest of an extended code says more of the same


class StoreFull(StoreUnavailable, DiskFull):
    """The disk of the store is full."""


def connect(path: str | Path) -> sqlite3.Connection:
    """A connection in autocommit, with foreign keys enforced and commits that survive a power cut."""
    # It is opened by the thread that uses it; only `:memory:` wanders, within the one thread of an event loop.
    connection = sqlite3.connect(
        path, timeout=BUSY_S, isolation_level=None, cached_statements=STATEMENTS_KEPT, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA secure_delete = OFF").fetchone()  # nothing here is secret; Debian's build overwrites all
    return connection


def connect_to_look(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing of the file, not even how it is journalled: it may be somebody else's."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)


def connect_writer(path: str | Path) -> sqlite3.Connection:
    """The one connection that writes."""
    connection = connect(path)
    connection.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}").fetchone()
    connection.execute(f"PRAGMA journal_size_limit = {KEPT_LOG_BYTES}").fetchone()
    return connection


def connect_reader(path: str | Path) -> sqlite3.Connection:
    """One of the connections that read: each statement sees the latest commit."""
    connection = connect(path)
    # Not mapped: the memory of the process would grow with the file, and a disk that fails to read would kill it (SIGBUS).
    connection.execute(f"PRAGMA cache_size = -{READER_CACHE_KIB}")
    connection.execute("PRAGMA query_only = ON")
    return connection


def write_something(connection: sqlite3.Connection) -> None:
    """Afterwards the transaction has a page to write: SQLite writes a number of the header even if it stays the same."""
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    connection.execute(f"PRAGMA user_version = {int(schema)}")


@contextmanager
def translated_errors(path: str | Path) -> Iterator[None]:
    """What is the machine's fault leaves as StoreUnavailable; anything else is a bug of ours, and stays what it is."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & _PRIMARY_CODE
        if code not in _UNAVAILABLE:
            raise
        raise _translated(code, error, path) from error


def _translated(code: int, error: sqlite3.Error, path: str | Path) -> StoreUnavailable:
    if code == sqlite3.SQLITE_FULL:
        return StoreFull(
            f"The disk of the store {path} is full. What was acknowledged is kept; free some space, and it goes on."
        )
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StoreUnavailable(f"The store {path} is damaged ({error}). {mended_by_a_backup(path)}")
    return StoreUnavailable(
        f"The store {path} cannot be used now: {error}. Nothing of this call is certain; call again."
    )


def mended_by_a_backup(path: str | Path) -> str:
    """What to do about a file that is not what it should be."""
    return (
        f"Stop StellarMap, move all of {Path(path).absolute().parent} away, and bring the last backup back: "
        "`stellarmap restore SOURCE`. Without a backup, start on an empty folder and ask again."
    )
