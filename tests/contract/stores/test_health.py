"""Whether a store can be written is found by writing, and nobody notices."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.migrations import migrate, schema_state
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.errors import DiskFull
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.stores import Stores
from tests.support.disk import fill, small_disk
from tests.support.stores import account, creation


async def test_a_store_that_can_be_written_says_nothing_and_is_the_same_after(stores: Stores) -> None:
    await stores.creations.record([creation("B", "A", 5)])
    await stores.health.writable()
    assert await stores.creations.children_of(account("A"), ChildRange(), 10) == (creation("B", "A", 5),)


async def test_a_full_disk_is_found_without_anybody_writing_and_so_is_its_end(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", mib=4) as disk:
        migrate(disk / "store.sqlite")
        async with open_database(disk / "store.sqlite") as database:
            stores = open_stores(database)
            await stores.health.writable()
            filler = fill(disk)
            with pytest.raises(DiskFull, match="free some space"):
                await stores.health.writable()
            filler.unlink()
            await stores.health.writable()
        assert schema_state(disk / "store.sqlite").current
        with closing(sqlite3.connect(disk / "store.sqlite")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
