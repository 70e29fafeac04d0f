"""The board and its changes at the command line, as tables for people, JSON for programs and CSV for spreadsheets."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.migrations import migrate
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.network import sandbox_key
from tests.integration.cli.test_commands import stellarmap
from tests.support.gateway import address
from tests.support.standings import BruteBook, lively_book
from tests.support.system import UP_WITHOUT_TRACKER, System, running

NOW = datetime.now(UTC)
NETWORK = sandbox_key(7, 1_000)
NAUGHTY = "\x1b[31m=SUM(1)"

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("system")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def book() -> BruteBook:
    made = lively_book(NETWORK, NOW, days=3, accounts=40)
    made.domains[address("high 0")] = NAUGHTY
    made.move(address("high 0"), 10**16, NOW)
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def data_dir(tmp_path_factory: pytest.TempPathFactory, book: BruteBook) -> Path:
    """A data folder whose store holds the book."""
    folder = tmp_path_factory.mktemp("standings") / "data"
    folder.mkdir()
    migrate(folder / "store.sqlite")
    async with open_database(folder / "store.sqlite") as database:
        await book.put_into(open_stores(database).tracker, NOW)
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(data_dir: Path) -> AsyncIterator[System]:
    async with running(UP_WITHOUT_TRACKER, data_dir, {"sandbox_seed": 7}) as system:
        yield system


async def test_the_board_is_shown_with_its_head(data_dir: Path, book: BruteBook) -> None:
    told = await stellarmap(data_dir, "standings", "show", "--threshold", "10000", "--limit", "5")
    assert told.code == 0, told.err
    head, _, *rows = told.out.splitlines()
    ranked = list(book.ranks(NOW))
    assert f"{len(ranked)} accounts" in head
    assert f"{len(ranked)} mapped accounts are ranked" in head
    assert [row.split()[0] for row in rows] == ["1", "2", "3", "4", "5"]
    assert all(account in row for account, row in zip(ranked, rows, strict=False))
    assert "1,000,000,000.0000000" in rows[0]
    assert "\x1b" not in told.out


async def test_the_board_is_told_to_programs_and_spreadsheets(data_dir: Path, book: BruteBook) -> None:
    asked = ("standings", "show", "--threshold", "10000", "--period", "7d", "--limit", "7")
    board = (await stellarmap(data_dir, *asked, "--json")).json
    assert [row["address"] for row in board["rows"]] == list(book.ranks(NOW))[:7]
    lines = list(csv.DictReader(io.StringIO((await stellarmap(data_dir, *asked, "--csv")).out)))
    assert [line["address"] for line in lines] == list(book.ranks(NOW))[:7]
    assert {line["period"] for line in lines} == {"7d"}


async def test_changes_are_shown_newest_first_over_all_pages(data_dir: Path, book: BruteBook) -> None:
    at_threshold = [change for change in book.changes if any(step.threshold_xlm == 10_000 for step in change.steps)]
    expected = [change.id for change in sorted(at_threshold, key=lambda each: (each.at, each.id), reverse=True)]
    found = (
        await stellarmap(data_dir, "standings", "changes", "--threshold", "10000", "--limit", "5000", "--json")
    ).json
    assert [change["id"] for change in found["changes"]] == expected
    told = await stellarmap(data_dir, "standings", "changes", "--threshold", "10000", "--limit", "3")
    assert len(told.out.splitlines()) == 4
    assert "There are older ones" in told.err
    assert "\x1b" not in told.out


async def test_changes_are_narrowed(data_dir: Path, book: BruteBook) -> None:
    told = await stellarmap(
        data_dir, "standings", "changes", "--type", "EXITED", "--type", "ENTERED", "--max-balance", "99999", "--json"
    )
    found = told.json["changes"]
    assert all(change["type"] in {"EXITED", "ENTERED"} for change in found)
    assert all(int(change["new_balance_stroops"]) <= 99_999 * 10**7 for change in found)
    assert len(book.changes) > len(found)


async def test_a_domain_that_a_spreadsheet_would_run_is_text(data_dir: Path) -> None:
    told = await stellarmap(data_dir, "standings", "changes", address("high 0"), "--csv")
    lines = list(csv.DictReader(io.StringIO(told.out)))
    assert lines[0]["address"] == address("high 0")
    assert lines[0]["home_domain"] == "�[31m=SUM(1)"
    assert {line["network"] for line in lines} == {"sandbox"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "--threshold", "5"), "10000, 50000, 100000"),
        (("changes", "--threshold", "5"), "10000, 50000, 100000"),
        (("changes", "GNOTHING"), "does not name an account"),
        (("changes", "--from", "yesterday"), "no month"),
        (("show", "--network", "mainnet"), "no network of that name"),
    ],
)
async def test_what_cannot_be_answered_is_said_in_a_sentence(data_dir: Path, words: tuple[str, ...], said: str) -> None:
    told = await stellarmap(data_dir, "standings", *words)
    assert told.code == 1
    assert said in told.err
    assert told.out == ""


async def test_filters_of_the_network_are_not_those_of_one_account(data_dir: Path) -> None:
    told = await stellarmap(data_dir, "standings", "changes", address("a"), "--home-domain", "x")
    assert told.code == 2
    assert "--threshold and --type alone" in told.err
