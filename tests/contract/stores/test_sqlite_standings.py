"""What the layout of books promises by itself: what lapses goes, what did not change is not written, no integer is mistaken."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from stellarmap_common.adapters.sqlite.database import Database, open_database
from stellarmap_common.adapters.sqlite.migrations import migrate
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import Closing, HeldBalance, Movement
from stellarmap_common.ports.standing_store import CLOSINGS_KEPT_DAYS, MOVEMENTS_KEPT_DAYS, TrackerStore
from tests.support.journal_rows import board, changed, held, journal_row, moved, owned, standing
from tests.support.stores import NOON, SANDBOX, account, address, creation

DAY = timedelta(days=1)
ALL_DAYS = "SELECT day FROM standing_close"
ROWS_KEPT = "SELECT count(*) FROM balance_change"


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    migrate(tmp_path / "store.sqlite")
    async with open_database(tmp_path / "store.sqlite") as opened:
        yield opened


async def test_movements_lapse_31_days_before_the_newest_row_and_closings_62_days_before_the_newest(
    database: Database,
) -> None:
    tracker = open_stores(database).tracker
    first = journal_row(1, moved("A", 20_000), at=NOON, closings=(closing(0),))
    kept = journal_row(
        2, moved("A", 30_000), at=NOON + MOVEMENTS_KEPT_DAYS * DAY, closings=(closing(CLOSINGS_KEPT_DAYS),)
    )
    await owned(tracker, first, kept)
    assert await database.rows(ROWS_KEPT) == [(2,)]
    assert len(await database.rows(ALL_DAYS)) == 2
    late = journal_row(3, at=kept.at + timedelta(microseconds=1), closings=(closing(CLOSINGS_KEPT_DAYS + 1),))
    await tracker.apply(late)
    assert [one async for portion in tracker.movements(SANDBOX, NOON) for one in portion] == list(kept.movements)
    assert await database.rows(ROWS_KEPT) == [(1,)]
    assert len(await database.rows(ALL_DAYS)) == 2


def closing(days: int) -> Closing:
    return Closing(day=NOON.date() + days * DAY, account=address("A"), standing=standing(1, 20_000))


async def test_only_the_chunks_of_a_board_that_changed_are_written(database: Database) -> None:
    tracker = open_stores(database).tracker
    first = board(1, *range(230_000, 0, -1_000))
    await tracker.publish(first)
    await database.write(note_written_chunks)
    await tracker.publish(replace(first, number=2))
    assert await database.rows("SELECT chunk FROM written") == []
    rows = (*first.rows[:60], replace(first.rows[60], balance_stroops=7), *first.rows[61:])
    await tracker.publish(replace(first, number=3, rows=rows))
    assert await database.rows("SELECT chunk FROM written") == [(1,)]


def note_written_chunks(connection: sqlite3.Connection) -> None:
    for statement in (
        "CREATE TABLE written (chunk INTEGER)",
        "CREATE TRIGGER put AFTER INSERT ON leaderboard_chunk BEGIN INSERT INTO written VALUES (new.chunk); END",
        "CREATE TRIGGER set_ AFTER UPDATE ON leaderboard_chunk BEGIN INSERT INTO written VALUES (new.chunk); END",
    ):
        connection.execute(statement)


async def test_an_integer_that_was_given_in_a_write_that_failed_is_not_remembered(database: Database) -> None:
    stores = open_stores(database)
    row = journal_row(1, moved("A", 20_000), moved("B", 30_000), changed("A"))
    await database.write(refuse_changes)
    with pytest.raises(sqlite3.IntegrityError, match="not now"):
        await stores.tracker.apply(row)
    await stores.creations.record([creation("C", "D", 5)])  # takes the integers that were given
    await database.write(accept_changes)
    await stores.tracker.apply(row)
    wanted = [address(name) for name in "ABCD"]
    found = await stores.standings.balances_of(SANDBOX, wanted)
    assert found == {address("A"): held("A", 20_000), address("B"): held("B", 30_000)}
    assert (await stores.creations.creations_of(account("C"))) == (creation("C", "D", 5),)


def refuse_changes(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON standing_change BEGIN SELECT raise(ABORT, 'not now'); END"
    )


def accept_changes(connection: sqlite3.Connection) -> None:
    connection.execute("DROP TRIGGER refuse")


async def test_what_is_remembered_of_accounts_is_what_another_store_reads(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stellarmap_common.adapters.sqlite.tracker_store.REMEMBERED", 3)
    first, second = open_stores(database), open_stores(database)
    await owned(first.tracker, journal_row(1, *(moved(name, 20_000) for name in "ABCDE")))
    assert len(await all_balances(second.tracker)) == 5
    for number, stores in enumerate((first, second, first), 2):
        later = [moved(name, 20_000 + number, ledger=100 + number) for name in "FACEB"]
        await stores.tracker.apply(journal_row(number, *later))
        expected = {one.after.account: one.after for one in later}
        assert await second.standings.balances_of(SANDBOX, list(expected)) == expected
    assert await second.standings.balances_of(SANDBOX, [address("D")]) == {address("D"): held("D", 20_000)}


@pytest.mark.parametrize("writers", [1, 2])  # of two, none knows all that was applied
@pytest.mark.parametrize("rows_together", [1, 2, 5, 100])
async def test_the_latest_balances_are_read_however_far_the_table_is_behind_the_journal(
    database: Database, monkeypatch: pytest.MonkeyPatch, rows_together: int, writers: int
) -> None:
    monkeypatch.setattr("stellarmap_common.adapters.sqlite.held_balances.ROWS_TOGETHER", rows_together)
    random = Random(rows_together)
    writing, reading = [open_stores(database) for _ in range(writers)], open_stores(database)
    latest: dict[Address, HeldBalance] = {}
    await reading.tracker.take_over(SANDBOX)
    for number in range(1, 14):
        moves = list(moves_of(random, latest, number))
        row = journal_row(number, *moves, changed(0))
        if not random.randrange(3):
            await database.write(refuse_changes)
            with pytest.raises(sqlite3.IntegrityError, match="not now"):
                await random.choice(writing).tracker.apply(row)
            await database.write(accept_changes)
        await random.choice(writing).tracker.apply(row)
        for stores in (*writing, reading, open_stores(database)):
            assert {each.account: each for each in await all_balances(stores.tracker)} == latest
            assert await stores.standings.balances_of(SANDBOX, list(latest)) == latest
            page, _ = await stores.standings.balances_after(SANDBOX, "", 100)
            assert {each.account: each for each in page} == latest
    behind = await database.rows("SELECT count(*) FROM balance_change, tracker WHERE number > kept_number")
    assert behind == [(12 % rows_together,)], "the first row is kept at once, and then so many together"


def moves_of(random: Random, latest: dict[Address, HeldBalance], number: int) -> Iterator[Movement]:
    """Five movements of nine accounts; afterwards `latest` has them."""
    for place in range(5):
        movement = moved(random.randrange(9), random.randrange(50_000), ledger=10 * number + place)
        account = movement.after.account
        yield movement._replace(before=latest.get(account))
        latest[account] = movement.after


async def all_balances(tracker: TrackerStore) -> list[HeldBalance]:
    return [one async for portion in tracker.balances(SANDBOX) for one in portion]


async def test_a_balance_outlives_the_movement_that_told_it(database: Database) -> None:
    tracker = open_stores(database).tracker
    told = moved("A", 30_000, before=20_000, ledger=101)
    long_after = NOON + (MOVEMENTS_KEPT_DAYS + 1) * DAY
    await owned(
        tracker, journal_row(1, moved("A", 20_000)), journal_row(2, told), journal_row(3, moved("B", 5), at=long_after)
    )
    assert await database.rows(ROWS_KEPT) == [(1,)]
    assert told.after in await all_balances(tracker)
