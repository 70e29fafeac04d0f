"""Migrations: applied once each, in one transaction each, with a copy before; a newer or a changed schema is refused."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from stellarmap_common.adapters.sqlite.migrations import (
    SchemaRefused,
    SchemaState,
    migrate,
    require_current,
    schema_state,
)
from stellarmap_common.errors import StoreUnavailable

ROOT = Path(__file__).parents[3]
FIRST = "CREATE TABLE fruit (name TEXT) STRICT;\nINSERT INTO fruit VALUES ('apple; pear');\n-- the end\n"
SECOND = (
    "-- one\nALTER TABLE fruit ADD COLUMN colour TEXT;\nUPDATE fruit SET colour = 'red';\nCREATE TABLE tree (id);\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001_fruit.sql").write_text(FIRST)
    return tmp_path / "migrations"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "store.sqlite"


def contents(path: Path) -> list[str]:
    """The whole database as statements; when a migration was applied left out."""
    with closing(sqlite3.connect(path)) as connection:
        return sorted(line for line in connection.iterdump() if "schema_migration" not in line)


def test_a_new_file_gets_every_migration_once(path: Path, folder: Path) -> None:
    assert schema_state(path, folder) == SchemaState(pending=("0001_fruit",))
    assert not path.exists()
    assert migrate(path, folder) == ["0001_fruit"]
    assert migrate(path, folder) == []
    assert schema_state(path, folder) == SchemaState(applied=("0001_fruit",))
    assert "INSERT INTO \"fruit\" VALUES('apple; pear');" in contents(path)
    assert list(path.parent.iterdir()) == [path], "nothing to copy before the first"


def test_what_was_being_written_when_the_power_failed_is_undone_before_the_schema_is_looked_at(
    path: Path, folder: Path, tmp_path: Path
) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(tmp_path / "cut", isolation_level=None)) as writing:
        writing.execute("PRAGMA cache_size = 2")
        writing.execute("CREATE TABLE begun (at INTEGER)")
        writing.execute("BEGIN")
        writing.executemany("INSERT INTO begun VALUES (?)", [(number,) for number in range(5_000)])
        for name in ("cut", "cut-journal"):  # as the disk stands when the power fails now
            (path.parent / name.replace("cut", path.name)).write_bytes((tmp_path / name).read_bytes())
    with pytest.raises(SchemaRefused, match="not a store"):
        migrate(path, folder)
    assert contents(path) == ["BEGIN TRANSACTION;", "COMMIT;", "CREATE TABLE begun (at INTEGER);"]


def test_a_file_that_holds_something_is_copied_before_it_is_changed(path: Path, folder: Path) -> None:
    migrate(path, folder)
    before = contents(path)
    (folder / "0002_colour.sql").write_text(SECOND)
    assert schema_state(path, folder) == SchemaState(applied=("0001_fruit",), pending=("0002_colour",))
    assert migrate(path, folder) == ["0002_colour"]
    assert contents(path.with_name("store.sqlite.before-0002_colour")) == before
    assert contents(path) != before


def test_a_statement_that_fails_undoes_its_whole_migration(path: Path, folder: Path) -> None:
    (folder / "0002_colour.sql").write_text(f"{SECOND}DROP TABLE nowhere;\n")
    (folder / "0003_later.sql").write_text("CREATE TABLE later (id);")
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(path, folder)
    assert schema_state(path, folder) == SchemaState(applied=("0001_fruit",), pending=("0002_colour", "0003_later"))
    (folder / "0002_colour.sql").write_text(SECOND)
    assert migrate(path, folder) == ["0002_colour", "0003_later"]


@pytest.mark.parametrize(
    "failpoint",
    [
        *(f"migration_statement:{count}:kill" for count in range(1, 7)),
        *(f"migration_applied:{count}:kill" for count in range(1, 3)),
        "migration_backed_up:1:kill",
    ],
)
def test_killed_at_any_step_and_run_again_it_ends_where_an_undisturbed_run_does(
    path: Path, folder: Path, tmp_path: Path, failpoint: str
) -> None:
    if failpoint.startswith("migration_backed_up"):
        migrate(path, folder)
    (folder / "0002_colour.sql").write_text(SECOND)
    assert migrated_by_a_process(path, folder, failpoint) == -signal.SIGKILL
    migrate(path, folder)
    undisturbed = tmp_path / "undisturbed.sqlite"
    migrate(undisturbed, folder)
    assert contents(path) == contents(undisturbed)
    assert schema_state(path, folder).current


def migrated_by_a_process(path: Path, folder: Path, failpoint: str) -> int:
    """The exit code of a process that migrates, and is killed on its way."""
    program = (
        "import sys; from pathlib import Path\n"
        "from stellarmap_common.adapters.sqlite.migrations import migrate\n"
        "from stellarmap_common.observability.failpoints import arm_failpoint\n"
        "arm_failpoint(sys.argv[3]); migrate(Path(sys.argv[1]), Path(sys.argv[2]))\n"
    )
    command = [sys.executable, "-c", program, str(path), str(folder), failpoint]
    return subprocess.run(command, cwd=ROOT, env=dict(os.environ), check=False, timeout=60).returncode


def test_half_a_copy_is_never_taken_for_one(path: Path, folder: Path) -> None:
    migrate(path, folder)
    left = path.with_name("store.sqlite.before-0002_colour.unfinished")
    left.write_bytes(b"half a copy")
    (folder / "0002_colour.sql").write_text(SECOND)
    migrate(path, folder)
    assert not left.exists()
    assert contents(path.with_name("store.sqlite.before-0002_colour"))


def test_a_newer_schema_is_refused_and_left_alone(path: Path, folder: Path) -> None:
    (folder / "0002_colour.sql").write_text(SECOND)
    migrate(path, folder)
    (folder / "0002_colour.sql").unlink()
    before = contents(path)
    with pytest.raises(SchemaRefused, match=r"newer StellarMap.*0002_colour"):
        migrate(path, folder)
    assert "newer" in (schema_state(path, folder).refused or "")
    assert contents(path) == before


def test_a_migration_that_was_changed_after_it_was_applied_is_refused(path: Path, folder: Path) -> None:
    migrate(path, folder)
    (folder / "0001_fruit.sql").write_text(FIRST + "CREATE TABLE more (id);\n")
    (folder / "0002_colour.sql").write_text(SECOND)
    with pytest.raises(SchemaRefused, match="0001_fruit is not the one"):
        migrate(path, folder)
    assert not schema_state(path, folder).current


def test_a_database_of_somebody_else_is_refused(path: Path, folder: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (id)")
    before = path.read_bytes()
    with pytest.raises(SchemaRefused, match="not a store of StellarMap"):
        migrate(path, folder)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_cannot_be_read_is_an_outage(path: Path, folder: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all, only some text" * 100)
    with pytest.raises(StoreUnavailable, match=r"store\.sqlite"):
        schema_state(path, folder)


def test_the_own_files_are_found_and_make_the_schema_the_stores_need(path: Path) -> None:
    with pytest.raises(SchemaRefused, match="lacks 0001_lineage"):
        require_current(path)
    assert migrate(path) == list(schema_state(path).applied)
    require_current(path)
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name, strict FROM pragma_table_list WHERE type = 'table'").fetchall()
        assert {name for name, strict in tables if not strict} == {"sqlite_schema", "sqlite_temp_schema"}
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
