"""The file of the log: its tables, who may write it, and what of it survives a power cut.

A record's row id is its partition's id and its offset in one integer, so a partition is one range of one B-tree: appending,
reading on and dropping the oldest are all range operations, and no second index has to be kept.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from stellarmap_common.adapters.sqlite.connection import mended_by_a_backup
from stellarmap_common.errors import DiskFull, StellarmapError, TransientError

SCHEMA = 1
_KEPT_LOG_BYTES = 64 << 20
OFFSET_BITS = 40  # a trillion records a partition
OFFSET_MASK = (1 << OFFSET_BITS) - 1
_BUSY_MS = 10_000
_CHECKPOINT_PAGES = 4_000  # 16 MB of log: fewer, larger checkpoints while a hub is crawled

_TABLES = """
CREATE TABLE topics (
    name TEXT PRIMARY KEY,
    retention_ms INTEGER  -- NULL: compacted
) WITHOUT ROWID;
CREATE TABLE partitions (
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL REFERENCES topics (name),
    number INTEGER NOT NULL,
    first_offset INTEGER NOT NULL DEFAULT 0,  -- everything before is gone
    next_offset INTEGER NOT NULL DEFAULT 0,   -- as of the last removal: offsets never run backwards, even when all is gone
    compacted_to INTEGER NOT NULL DEFAULT 0,  -- before this, every key stands once
    UNIQUE (topic, number)
);
CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    key BLOB,
    value BLOB,
    headers BLOB NOT NULL  -- MessagePack: [[name, bytes], …]
);
CREATE TABLE offsets (
    group_name TEXT NOT NULL,
    partition_id INTEGER NOT NULL REFERENCES partitions (id),
    next_offset INTEGER NOT NULL,
    PRIMARY KEY (group_name, partition_id)
) WITHOUT ROWID;
"""


class LogUnavailable(TransientError):
    """The log could not be read or written; what was not acknowledged may be missing. Publish it again."""


class LogFull(LogUnavailable, DiskFull):
    """The disk of the log is full."""


class LogInUse(StellarmapError):
    """Another process holds the log."""


class LogTooNew(StellarmapError):
    """A newer StellarMap wrote this log."""


class LogForeign(StellarmapError):
    """The file is a database, but no event log."""


def record_id(partition_id: int, offset: int) -> int:
    """The row of a record."""
    return partition_id << OFFSET_BITS | offset


@contextmanager
def sole_owner(path: Path) -> Iterator[None]:
    """While open, no other process can own the log. The lock ends with the process, however it ends.

    Raises: LogInUse.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(f"{path.name}.lock")
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise LogInUse(
                f"{path.parent} is in use by process {holder}. One process at a time may run on a data folder: stop that one, "
                "or set STELLARMAP_DATA_DIR to another folder"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def connect_writer(path: Path) -> sqlite3.Connection:
    """The connection that appends. Nothing it committed is lost when the power fails.

    Raises: LogTooNew, LogForeign, LogUnavailable.
    """
    with translated_errors("open", path), ExitStack() as opened:
        db = opened.enter_context(closing(_connect(f"{path.absolute().as_uri()}?mode=rwc")))
        is_new = _is_new(db, path)  # looked at before anything is changed: it may be somebody else's
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        db.execute(f"PRAGMA journal_size_limit = {_KEPT_LOG_BYTES}").fetchone()  # a backup makes it grow
        if is_new:
            db.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {SCHEMA}; COMMIT;")
        opened.pop_all()  # it stays open
        return db


def log_topics(path: Path) -> int:
    """How many topics the log has; it is only read. Raises: LogTooNew, LogForeign, LogUnavailable."""
    with translated_errors("open", path), closing(_connect(f"{path.absolute().as_uri()}?mode=ro")) as db:
        return 0 if _is_new(db, path) else int(db.execute("SELECT count(*) FROM topics").fetchone()[0])


def _is_new(db: sqlite3.Connection, path: Path) -> bool:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if version > SCHEMA:
        raise LogTooNew(f"{path} was written by a newer StellarMap. Start that one, or use another data folder")
    if version == 0 and tables:
        raise LogForeign(
            f"{path} is a database, but no event log of StellarMap. Move it away, or set STELLARMAP_DATA_DIR to another folder"
        )
    return bool(version == 0)


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that only reads, beside a writer of this or another process. Raises: LogUnavailable."""
    with translated_errors("open", path):
        return _connect(f"{path.absolute().as_uri()}?mode=ro")


def _connect(uri: str) -> sqlite3.Connection:
    db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    db.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    return db


@contextmanager
def translated_errors(what: str, path: Path | None = None) -> Iterator[None]:
    """Errors of SQLite leave as LogUnavailable."""
    try:
        yield
    except sqlite3.Error as error:
        raise unavailable(what, error, path) from error


def unavailable(what: str, error: Exception, path: Path | None = None) -> LogUnavailable:
    """The error as those who use the log are told it."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return LogFull(
            "the disk of the event log is full. What was acknowledged is kept; free some space, and it goes on"
        )
    if path is not None and code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return LogUnavailable(f"the event log {path} is damaged ({error}). {mended_by_a_backup(path)}")
    return LogUnavailable(f"the event log cannot {what}: {error}")
