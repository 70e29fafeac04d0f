"""`stellarmap standings recalculate` against a running system with its tracker: what was lost is made up for, once."""

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.migrations import migrate
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.network import sandbox_key
from tests.integration.cli.test_commands import stellarmap
from tests.support.gateway import address
from tests.support.standings import BruteBook, lively_book
from tests.support.system import System, running_system

NOW = datetime.now(UTC)
LOST = [address(f"high {number}") for number in range(6)]

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("system")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def book() -> BruteBook:
    return lively_book(sandbox_key(7, 1_000), NOW, days=3, accounts=40)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def data_dir(tmp_path_factory: pytest.TempPathFactory, book: BruteBook) -> Path:
    """A data folder with a book, of which what was told of some accounts is lost."""
    folder = tmp_path_factory.mktemp("recalculation") / "data"
    folder.mkdir()
    migrate(folder / "store.sqlite")
    async with open_database(folder / "store.sqlite") as database:
        await book.put_into(open_stores(database).tracker, NOW)
    with sqlite3.connect(folder / "store.sqlite") as connection:
        for name in LOST:
            for table in ("standing_change", "standing_change_step"):
                connection.execute(
                    f"DELETE FROM {table} WHERE account = (SELECT id FROM account WHERE address = ?)",  # noqa: S608 - ours
                    (name,),
                )
    connection.close()
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(data_dir: Path) -> AsyncIterator[System]:
    async with running_system(data_dir, sandbox_seed=7, sandbox_ledger_s=0) as system:
        await system.filled()
        yield system


async def recalculated(data_dir: Path, *words: str) -> Any:
    told = await stellarmap(data_dir, "standings", "recalculate", *words, "--json")
    assert told.code == 0, told.err
    return told.json


async def history(data_dir: Path, account: str) -> list[tuple[str, str, list[int]]]:
    """What was told of the account, newest first."""
    found = (await stellarmap(data_dir, "standings", "changes", account, "--json")).json["changes"]
    return [(change["type"], change["reason"], change["thresholds_xlm"]) for change in found]


async def test_what_was_lost_is_told_by_a_dry_run_made_up_for_and_then_there_is_nothing_left_to_do(
    data_dir: Path, book: BruteBook
) -> None:
    standing = {account for account in book.ranks(NOW) if account in LOST}
    assert standing
    dry = await recalculated(data_dir, "--dry-run")
    assert {each["address"] for each in dry["accounts"]} == standing
    assert (dry["dry_run"], dry["told"]) == (True, True)
    assert dry["standing"] >= len(book.ranks(NOW))  # and whom the sandbox has made known since
    untouched = {account: await history(data_dir, account) for account in standing}
    assert not any(untouched.values())
    done = await recalculated(data_dir)
    assert done["accounts"] == dry["accounts"]
    assert done["told"] is True
    for each in dry["accounts"]:
        assert await history(data_dir, each["address"]) == [("ENTERED", "discovered", each["thresholds_xlm"])]
    assert (await recalculated(data_dir))["accounts"] == []
    told = await stellarmap(data_dir, "standings", "recalculate")
    assert "standing accounts looked at; 0 recorded" in told.out
    for each in dry["accounts"]:
        assert len(await history(data_dir, each["address"])) == 1


async def test_what_is_cleared_ends_and_begins_anew_at_the_threshold_that_is_named(
    data_dir: Path, book: BruteBook
) -> None:
    largest = next(iter(book.ranks(NOW)))
    before = await history(data_dir, largest)
    found = await recalculated(data_dir, "--threshold", "50000", "--clear-existing")
    assert found["told"] is True
    assert await history(data_dir, largest) == [
        ("ENTERED", "discovered", [50_000]),
        ("EXITED", "discovered", [50_000]),
        *before,
    ]


async def test_help_says_what_is_cleared() -> None:
    told = await stellarmap(Path(), "standings", "recalculate", "--help")
    assert "nothing is deleted" in " ".join(told.out.split())


async def test_a_threshold_that_there_is_not_is_refused_with_those_there_are(data_dir: Path) -> None:
    told = await stellarmap(data_dir, "standings", "recalculate", "--threshold", "5")
    assert (told.code, told.out) == (1, "")
    assert "10000, 50000, 100000" in told.err
