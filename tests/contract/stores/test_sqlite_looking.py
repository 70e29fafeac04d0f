"""Who only looks leaves a store as it is, whoever has it open and however its last owner ended."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from stellarmap_common.adapters.sqlite.connection import connect_writer
from stellarmap_common.adapters.sqlite.looking import open_to_look
from stellarmap_common.adapters.sqlite.migrations import migrate
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.lineage.digest import digest_of
from stellarmap_common.runtime.reading import open_reading
from stellarmap_common.runtime.settings import Settings
from tests.support.stores import SANDBOX, creation

KEPT = ("store.sqlite", "store.sqlite-wal")


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """A data folder whose process was killed: what it wrote last stands in the write-ahead log alone."""
    writing, data = tmp_path / "writing", tmp_path / "data"
    data.mkdir()
    migrate(writing / "store.sqlite")
    with closing(connect_writer(writing / "store.sqlite")) as connection:
        connection.execute("INSERT INTO network (key) VALUES ('sandbox-7-1000')")
        for name in KEPT:
            (data / name).write_bytes((writing / name).read_bytes())
    return data


def sums(data: Path) -> dict[str, str]:
    return {name: hashlib.sha256((data / name).read_bytes()).hexdigest() for name in KEPT}


def settings(monkeypatch: pytest.MonkeyPatch, data: Path) -> Settings:
    monkeypatch.setenv("STELLARMAP_DATA_DIR", str(data))
    monkeypatch.setenv("STELLARMAP_NETWORKS", "sandbox")
    return Settings.load()


async def test_commands_that_look_leave_the_files_of_a_killed_process_to_the_byte(
    killed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sums(killed)
    async with open_reading(settings(monkeypatch, killed)) as reading:
        for network in reading.networks:
            assert (await digest_of(reading.stores.creations, network.key)).creations == 0
    assert sums(killed) == before


async def test_what_was_written_last_is_seen_and_each_read_is_as_of_its_own_moment(killed: Path) -> None:
    async with open_to_look(killed / "store.sqlite") as database:
        assert await database.read(keys) == ["sandbox-7-1000"]
        with closing(connect_writer(killed / "store.sqlite")) as writer:
            writer.execute("INSERT INTO network (key) VALUES ('sandbox-8-1000')")
        assert await database.read(keys) == ["sandbox-7-1000", "sandbox-8-1000"]


async def test_who_looks_cannot_write(killed: Path) -> None:
    async with open_to_look(killed / "store.sqlite") as database:
        with pytest.raises(StoreUnavailable, match="to look at"):
            await open_stores(database).creations.record([creation("B", "A", 5)])
        with pytest.raises(StoreUnavailable, match="readonly"):
            await database.read(lambda connection: connection.execute("DELETE FROM network"))
        assert await database.read(keys) == [SANDBOX]


def keys(connection: sqlite3.Connection) -> list[str]:
    return [key for (key,) in connection.execute("SELECT key FROM network ORDER BY key")]
