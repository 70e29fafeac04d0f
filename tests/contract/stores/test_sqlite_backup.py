"""Backups: both files of one instant under full write load, whole or not at all, and back again."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from stellarmap_common.adapters.sqlite.backup import DamagedCopy, examine, one_instant
from stellarmap_common.adapters.sqlite.log_file import LogInUse, connect_writer, sole_owner
from stellarmap_common.adapters.sqlite.migrations import migrate
from stellarmap_common.errors import NotFound
from stellarmap_common.runtime.backup import MANIFEST, BackupRefused, Manifest, back_up, restore
from stellarmap_common.runtime.settings import ProcessSettings
from tests.support.disk import small_disk

PACE = b'{"ledger":7}'
COPIES = 40


def process(folder: Path) -> ProcessSettings:
    return ProcessSettings.model_validate({"data_dir": folder})


def quiet(*_: object) -> None:
    """Progress that nobody looks at."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder in which a little is kept."""
    folder = tmp_path / "data"
    migrate(folder / "store.sqlite")
    with closing(sqlite3.connect(folder / "store.sqlite", isolation_level=None)) as store:
        store.executemany("INSERT INTO network (key) VALUES (?)", [(f"n{number}",) for number in range(3)])
    connect_writer(folder / "log.sqlite").close()
    (folder / "sandbox").mkdir()
    (folder / "sandbox" / "sandbox-7.json").write_bytes(PACE)
    (folder / "admin-token").write_text("a secret")
    return folder


@contextmanager
def written(folder: Path) -> Iterator[None]:
    """A writer that makes effect n durable in the store, then n in the log, as fast as it can; how far it is."""
    ended = threading.Event()

    def write() -> None:
        with closing(connected(folder / "store.sqlite")) as store, closing(connected(folder / "log.sqlite")) as log:
            while not ended.is_set():
                for db in (store, log):
                    db.execute("UPDATE step SET done = done + 1")

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("CREATE TABLE IF NOT EXISTS step (done INTEGER)")
    if connection.execute("SELECT count(*) FROM step").fetchone() == (0,):
        connection.execute("INSERT INTO step VALUES (0)")
    return connection


def done_in(copy: Path) -> int:
    with closing(sqlite3.connect(copy)) as connection:
        return int(connection.execute("SELECT done FROM step").fetchone()[0])


def test_each_pair_of_copies_is_of_one_instant_of_a_process_that_writes_without_pause(tmp_path: Path) -> None:
    for name in ("store.sqlite", "log.sqlite"):
        connected(tmp_path / name).close()
    with written(tmp_path):
        seen = []
        for number in range(COPIES):
            with one_instant(tmp_path / "store.sqlite", tmp_path / "log.sqlite") as (store, log):
                store.copy_to(tmp_path / f"store-{number}", quiet)
                log.copy_to(tmp_path / f"log-{number}", quiet)
            seen.append((done_in(tmp_path / f"store-{number}"), done_in(tmp_path / f"log-{number}")))
    assert [pair for pair in seen if pair[0] - pair[1] not in {0, 1}] == []
    assert sorted(seen) == seen
    assert len(set(seen)) > 1, "it was written meanwhile"


def test_what_is_restored_is_what_was_backed_up(data: Path, tmp_path: Path) -> None:
    made = back_up(process(data), tmp_path / "backup", quiet)
    assert made.networks == ("n0", "n1", "n2")
    assert {file.name for file in made.files} == {"store.sqlite", "log.sqlite", "sandbox/sandbox-7.json"}
    assert restore(process(tmp_path / "elsewhere"), tmp_path / "backup", quiet) == made
    assert (tmp_path / "elsewhere" / "sandbox" / "sandbox-7.json").read_bytes() == PACE
    assert examine(tmp_path / "elsewhere" / "store.sqlite") == examine(tmp_path / "backup" / "store.sqlite")
    assert back_up(process(tmp_path / "elsewhere"), tmp_path / "again", quiet).networks == made.networks


def test_the_admin_token_stays_where_it_is(data: Path, tmp_path: Path) -> None:
    back_up(process(data), tmp_path / "backup", quiet)
    assert not [path for path in (tmp_path / "backup").rglob("*") if b"a secret" in read(path)]


def read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def test_a_backup_overwrites_nothing(data: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(BackupRefused, match="overwrites nothing"):
        back_up(process(data), tmp_path / "there", quiet)
    (tmp_path / "killed.unfinished").mkdir()
    with pytest.raises(BackupRefused, match="delete it"):
        back_up(process(data), tmp_path / "killed", quiet)
    with pytest.raises(NotFound, match="STELLARMAP_DATA_DIR"):
        back_up(process(tmp_path / "nowhere"), tmp_path / "backup", quiet)


@pytest.mark.parametrize("at", ["Copying", "Checking"])
def test_an_interrupted_backup_leaves_nothing(data: Path, tmp_path: Path, at: str) -> None:
    def interrupt(what: str, _: int, __: int) -> None:
        if what.startswith(at):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(process(data), tmp_path / "backup", interrupt)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]
    back_up(process(data), tmp_path / "backup", quiet)


def test_an_interrupted_restore_leaves_nothing(data: Path, tmp_path: Path) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    back_up(process(data), tmp_path / "backup", quiet)
    with pytest.raises(KeyboardInterrupt):
        restore(process(tmp_path / "elsewhere"), tmp_path / "backup", interrupt)
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["log.sqlite.lock"]
    restore(process(tmp_path / "elsewhere"), tmp_path / "backup", quiet)


def test_a_damaged_store_is_found_before_it_is_called_a_backup(data: Path, tmp_path: Path) -> None:
    with (data / "store.sqlite").open("r+b") as file:
        file.seek(3 * 4096)
        file.write(os.urandom(4096))
    with pytest.raises(DamagedCopy, match=r"store\.sqlite"):
        back_up(process(data), tmp_path / "backup", quiet)
    assert not (tmp_path / "backup").exists()


def test_a_backup_that_has_changed_is_not_restored(data: Path, tmp_path: Path) -> None:
    back_up(process(data), tmp_path / "backup", quiet)
    with (tmp_path / "backup" / "log.sqlite").open("r+b") as file:
        file.seek(5_000)
        file.write(b"!")
    with pytest.raises(BackupRefused, match=r"log\.sqlite is not as it was"):
        restore(process(tmp_path / "elsewhere"), tmp_path / "backup", quiet)
    (tmp_path / "backup" / "log.sqlite").unlink()
    with pytest.raises(BackupRefused, match=r"lacks log\.sqlite"):
        restore(process(tmp_path / "elsewhere"), tmp_path / "backup", quiet)
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["log.sqlite.lock"]


def test_a_folder_in_use_and_a_folder_with_something_in_it_are_left_alone(data: Path, tmp_path: Path) -> None:
    back_up(process(data), tmp_path / "backup", quiet)
    with pytest.raises(BackupRefused, match="not empty"):
        restore(process(data), tmp_path / "backup", quiet)
    with sole_owner(tmp_path / "held" / "log.sqlite"), pytest.raises(LogInUse, match="in use by process"):
        restore(process(tmp_path / "held"), tmp_path / "backup", quiet)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": 2}, "newer StellarMap"),
        ({"migrations": ("9999_later",)}, "newer StellarMap"),
        ({"log_schema": 99}, "newer StellarMap"),
        ({"files": ({"name": "../../etc/passwd", "bytes": 1, "sha256": ""},)}, "outside its folder"),
    ],
)
def test_a_backup_of_another_kind_is_refused(data: Path, tmp_path: Path, change: dict[str, object], told: str) -> None:
    made = back_up(process(data), tmp_path / "backup", quiet)
    changed = msgspec.convert({**msgspec.to_builtins(made), **change}, Manifest)
    (tmp_path / "backup" / MANIFEST).write_bytes(msgspec.json.encode(changed))
    with pytest.raises(BackupRefused, match=told):
        restore(process(tmp_path / "elsewhere"), tmp_path / "backup", quiet)


@pytest.mark.parametrize("manifest", [None, b"", b"[]"])
def test_what_is_no_backup_is_said_so(tmp_path: Path, manifest: bytes | None) -> None:
    if manifest is not None:
        (tmp_path / MANIFEST).write_bytes(manifest)
    with pytest.raises(BackupRefused, match=r"no backup|another backup"):
        restore(process(tmp_path / "elsewhere"), tmp_path, quiet)


def test_a_disk_too_small_for_a_backup_is_said_before_anything_is_written(data: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", mib=1) as disk:
        with closing(sqlite3.connect(data / "store.sqlite")) as store:
            store.execute("CREATE TABLE large AS SELECT zeroblob(2000000)")
            store.commit()
        with pytest.raises(BackupRefused, match="MiB are needed"):
            back_up(process(data), disk / "backup", quiet)
        assert list(disk.iterdir()) == []
