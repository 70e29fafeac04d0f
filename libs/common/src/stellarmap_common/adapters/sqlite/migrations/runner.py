"""Brings a store to the newest schema. Killed at any point and run again, it ends where an undisturbed run does."""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources.abc import Traversable
from pathlib import Path

from stellarmap_common.adapters.sqlite.connection import connect, connect_to_look, translated_errors
from stellarmap_common.adapters.sqlite.migrations.files import Migration, migrations_in, own_folder
from stellarmap_common.errors import StellarmapError
from stellarmap_common.observability.failpoints import failpoint

_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migration (
    name TEXT NOT NULL PRIMARY KEY,
    checksum TEXT NOT NULL,
    applied_at TEXT NOT NULL
) STRICT, WITHOUT ROWID
"""


class SchemaRefused(StellarmapError):
    """The file's schema is not the one this version works on; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class SchemaState:
    """What is applied to a file, and what is still to be."""

    applied: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    refused: str | None = None  # why this version must not touch the file

    @property
    def current(self) -> bool:
        """True when this version may work on the file as it is."""
        return not self.pending and not self.refused


def migrate(path: Path, folder: Traversable | None = None) -> list[str]:
    """Afterwards the file has every migration; returns the names of those applied now. Safe to repeat.

    A file that holds something is copied first, to `<file>.before-<migration>`. Raises: SchemaRefused, StoreUnavailable.
    """
    _undo_unfinished(path)
    state = schema_state(path, folder)
    if state.refused:
        raise SchemaRefused(state.refused)
    known = migrations_in(folder or own_folder())
    path.parent.mkdir(parents=True, exist_ok=True)
    with translated_errors(path), closing(connect(path)) as connection:
        if state.applied and state.pending:
            _back_up(connection, path.with_name(f"{path.name}.before-{state.pending[0]}"))
        return [migration.name for migration in known if _apply_once(connection, migration)]


def schema_state(path: Path, folder: Traversable | None = None) -> SchemaState:
    """What a file has and lacks. It is only read; one that is not there lacks everything. Raises: StoreUnavailable."""
    known = migrations_in(folder or own_folder())
    if not path.exists():
        return SchemaState(pending=tuple(migration.name for migration in known))
    with translated_errors(path), closing(connect_to_look(path)) as connection:
        return _state(connection, known, path)


def require_current(path: Path) -> None:
    """Returns if this version may work on the file. Raises: SchemaRefused, StoreUnavailable."""
    state = schema_state(path)
    if state.refused:
        raise SchemaRefused(state.refused)
    if state.pending:
        lacking = ", ".join(state.pending)
        raise SchemaRefused(f"The store {path} lacks {lacking}. Nothing was changed; run `stellarmap migrate`.")


def apply_in_memory(connection: sqlite3.Connection) -> None:
    """Afterwards a new database has the newest schema."""
    for migration in migrations_in(own_folder()):
        _apply_once(connection, migration)


def _undo_unfinished(path: Path) -> None:
    """Afterwards the first transaction of a file is undone, if the power failed in it: who only looks may not do that."""
    if path.exists() and path.with_name(f"{path.name}-journal").exists():
        with translated_errors(path), closing(sqlite3.connect(path)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def _state(connection: sqlite3.Connection, known: tuple[Migration, ...], path: Path) -> SchemaState:
    tables = {str(name) for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if tables and "schema_migration" not in tables:
        return SchemaState(refused=f"{path} is a database, but not a store of StellarMap. Set STELLARMAP_DATA_DIR.")
    applied = _applied(connection) if tables else {}
    names = tuple(migration.name for migration in known)
    return SchemaState(
        applied=tuple(sorted(applied)),
        pending=tuple(name for name in names if name not in applied),
        refused=_refusal(applied, {migration.name: migration.checksum for migration in known}, path),
    )


def _applied(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT name, checksum FROM schema_migration ORDER BY name").fetchall())


def _refusal(applied: dict[str, str], known: dict[str, str], path: Path) -> str | None:
    newer = [name for name in applied if name not in known]
    if newer:
        return (
            f"The store {path} was written by a newer StellarMap (it has {', '.join(newer)}). Nothing was changed; "
            "install that version again, or go on with the copy it made before it migrated."
        )
    changed = [name for name, checksum in applied.items() if checksum != known[name]]
    if changed:
        return (
            f"The migration {', '.join(changed)} is not the one that was applied to the store {path}. Nothing was "
            "changed; install the version that made the store, or begin a new one in another STELLARMAP_DATA_DIR."
        )
    return None


def _apply_once(connection: sqlite3.Connection, migration: Migration) -> bool:
    """True if the migration was applied by this call: all its statements, and the note of it, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(_TABLE)
        if migration.name in _applied(connection):
            return False
        for statement in migration.statements():
            connection.execute(statement)
            failpoint("migration_statement")
        connection.execute(
            "INSERT INTO schema_migration (name, checksum, applied_at) VALUES (?, ?, ?)",
            (migration.name, migration.checksum, datetime.now(UTC).isoformat(timespec="seconds")),
        )
        connection.execute("COMMIT")
        failpoint("migration_applied")
        return True
    finally:
        if connection.in_transaction:
            connection.rollback()


def _back_up(connection: sqlite3.Connection, target: Path) -> None:
    """Afterwards `target` is a whole copy; while it is made it has another name, so half a copy is never taken for one."""
    unfinished = target.with_name(f"{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished)) as copy:
        connection.backup(copy)
    with unfinished.open("rb") as written:
        os.fsync(written.fileno())
    unfinished.replace(target)
    failpoint("migration_backed_up")
