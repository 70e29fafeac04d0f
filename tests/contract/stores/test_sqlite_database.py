"""The SQLite database itself: commits shared by all who wait, errors that belong to one caller, a full disk."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

from stellarmap_common.adapters.sqlite.database import Database, open_database
from stellarmap_common.adapters.sqlite.health_store import SqliteHealthStore
from stellarmap_common.adapters.sqlite.migrations import SchemaRefused, migrate
from stellarmap_common.errors import StoreUnavailable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    migrate(tmp_path / "store.sqlite")
    return tmp_path / "store.sqlite"


@pytest_asyncio.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_database(path) as opened:
        yield opened


class Add:
    """Work that adds a network, and notes in which transaction and on which thread it ran."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.thread = 0

    def __call__(self, connection: sqlite3.Connection) -> str:
        self.thread = threading.get_ident()
        connection.execute("INSERT INTO network (key) VALUES (?)", (self.key,))
        return self.key


def fail(connection: sqlite3.Connection) -> None:
    Add("lost")(connection)
    raise KeyError("bug")


def keys(connection: sqlite3.Connection) -> list[str]:
    return [key for (key,) in connection.execute("SELECT key FROM network ORDER BY key")]


async def test_who_waits_together_is_committed_together(path: Path, database: Database) -> None:
    began, go_on = threading.Event(), threading.Event()

    def hold(_: sqlite3.Connection) -> None:
        began.set()
        assert go_on.wait(30)

    holding = asyncio.ensure_future(database.write(hold))
    await asyncio.to_thread(began.wait, 30)
    before = changes_of(path)
    adds = [asyncio.ensure_future(database.write(Add(f"{number}"))) for number in range(50)]
    await asyncio.sleep(0)  # each has put its work into the queue
    assert not any(add.done() for add in adds)
    go_on.set()
    assert await asyncio.gather(*adds) == [f"{number}" for number in range(50)]
    await holding
    assert len(await database.read(keys)) == 50
    assert changes_of(path) - before <= 2, "fifty writers, at most two commits"


def changes_of(path: Path) -> int:
    """How many transactions the write-ahead log holds: frames that carry a size end one each."""
    log = path.with_name(f"{path.name}-wal").read_bytes()
    page = int.from_bytes(log[8:12], "big")
    frames = range(32, len(log) - page, page + 24)
    return sum(int.from_bytes(log[frame + 4 : frame + 8], "big") > 0 for frame in frames)


async def test_what_was_not_synced_is_by_the_next_that_asks_for_it_even_if_that_changes_nothing(
    path: Path, database: Database
) -> None:
    await database.write(Add("a status"), durable=False)
    before = changes_of(path)
    await database.write(lambda _: None)
    assert changes_of(path) == before + 1, "SQLite syncs nothing at the end of a transaction without a change"
    await database.write(lambda _: None)
    assert changes_of(path) == before + 1, "nothing is owed any more"


async def test_what_a_killed_process_did_not_sync_is_by_the_first_that_asks_for_it(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("SELECT count(*) FROM network").fetchone()  # while somebody looks the write-ahead log stays
        async with open_database(path) as killed:
            await killed.write(Add("a status"), durable=False)
        before = changes_of(path)
        async with open_database(path) as database:
            await SqliteHealthStore(database).settled()
            assert changes_of(path) == before + 1
            await SqliteHealthStore(database).settled()
            assert changes_of(path) == before + 1, "nothing is owed any more"


async def test_work_that_raises_leaves_no_trace_and_takes_nobody_with_it(database: Database) -> None:
    outcomes = await asyncio.gather(
        database.write(Add("before")), database.write(fail), database.write(Add("after")), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [str, KeyError, str]
    assert await database.read(keys) == ["after", "before"]


async def test_work_runs_off_the_event_loop_and_a_caller_that_left_disturbs_nobody(database: Database) -> None:
    add = Add("kept")
    leaving = asyncio.ensure_future(database.write(add))
    await asyncio.sleep(0)
    leaving.cancel()
    await database.write(Add("next"))
    assert add.thread != threading.get_ident()
    assert await database.read(keys) == ["kept", "next"]


async def test_a_read_sees_one_moment_only(database: Database) -> None:
    began, go_on = threading.Event(), threading.Event()

    def twice(connection: sqlite3.Connection) -> tuple[list[str], list[str]]:
        first = keys(connection)
        began.set()
        assert go_on.wait(30)
        return first, keys(connection)

    reading = asyncio.ensure_future(database.read(twice))
    await asyncio.to_thread(began.wait, 30)
    await database.write(Add("meanwhile"))
    go_on.set()
    assert await reading == ([], [])
    assert await database.read(keys) == ["meanwhile"]


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(StoreUnavailable, match="readonly"):
        await database.read(Add("never"))
    assert await database.read(keys) == []


@pytest.mark.parametrize("inline", [True, False])
async def test_a_full_disk_is_said_and_what_was_acknowledged_is_kept(path: Path, *, inline: bool) -> None:
    def limit(connection: sqlite3.Connection) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 8}").fetchone()

    def fill(connection: sqlite3.Connection) -> None:
        connection.executemany("INSERT INTO network (key) VALUES (?)", [(f"{n}" * 2_000,) for n in range(100)])

    async with open_database(path, inline=inline) as database:
        await database.write(Add("kept"))
        await database.write(limit)
        with pytest.raises(StoreUnavailable, match=r"store\.sqlite is full") as told:
            await database.write(fill)
        assert isinstance(told.value.__cause__, sqlite3.OperationalError)
        await database.write(Add("also"))
        assert await database.read(keys) == ["also", "kept"]


async def test_all_of_a_transaction_that_the_disk_undid_are_told(path: Path) -> None:
    async with open_database(path) as database:

        def undo(connection: sqlite3.Connection) -> None:
            connection.execute("ROLLBACK")  # as SQLite itself does for some errors
            connection.execute("PRAGMA max_page_count = 1").fetchone()
            connection.execute("CREATE TABLE too_much (a)")
            connection.execute("INSERT INTO network (key) VALUES (?)", ("x" * 100_000,))

        outcomes = await asyncio.gather(
            database.write(Add("first")),
            database.write(undo),
            database.write(Add("last")),
            return_exceptions=True,
        )
        assert isinstance(outcomes[1], StoreUnavailable)
        acknowledged = {outcome for outcome in outcomes if not isinstance(outcome, StoreUnavailable)}
        assert acknowledged == set(await database.read(keys)), "acknowledged is what is stored, neither more nor less"


async def test_a_bug_in_a_statement_is_no_outage(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await database.read(lambda connection: connection.execute("SELECT * FROM nowhere"))
    with pytest.raises(sqlite3.IntegrityError):
        await database.write(lambda connection: connection.execute("INSERT INTO account VALUES (1, 99, 'G')").close())


async def test_what_was_given_before_the_closing_is_done_and_later_calls_are_refused(path: Path) -> None:
    async with open_database(path) as database:
        adds = [asyncio.ensure_future(database.write(Add(f"{number}"))) for number in range(20)]
        await asyncio.sleep(0)
    assert len(await asyncio.gather(*adds)) == 20
    for verb in (database.read, database.write):
        with pytest.raises(StoreUnavailable, match="closed"):
            await verb(keys)
    assert list(path.parent.iterdir()) == [path], "the write-ahead log is tidied away"


async def test_a_file_that_is_no_database_is_an_outage_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(StoreUnavailable, match=r"store\.sqlite.*not a database"):
        async with open_database(path):
            pass


async def test_a_file_that_was_not_migrated_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaRefused, match="stellarmap migrate"):
        async with open_database(tmp_path / "store.sqlite"):
            pass


async def test_memory_belongs_to_one_connection() -> None:
    with pytest.raises(ValueError, match="inline"):
        async with open_database(":memory:"):
            pass


async def test_an_inline_database_is_a_file_like_any_other(path: Path) -> None:
    async with open_database(path, inline=True) as database:
        add = Add("inline")
        await database.write(add)
        assert add.thread == threading.get_ident()
        with pytest.raises(KeyError):
            await database.write(fail)
    with closing(sqlite3.connect(path)) as connection:
        assert keys(connection) == ["inline"]
