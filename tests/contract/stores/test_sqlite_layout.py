"""What the layout promises by itself, without a constraint that SQLite would check: accounts with one integer each.

And what is read of a large store without looking all over it.
"""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from stellarmap_common.adapters.sqlite.connection import MEMORY
from stellarmap_common.adapters.sqlite.database import Database, open_database
from stellarmap_common.adapters.sqlite.loading import LOADED_FROM
from stellarmap_common.adapters.sqlite.migrations import migrate
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.ports.creation_store import ChildRange
from tests.support.stores import PUBLIC, SANDBOX, account, address, creation, end, provisional, unplaced

ALIKE = [Address("GABCDEFGHIJ" + letter * 45) for letter in "XYZ"]


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    migrate(tmp_path / "store.sqlite")
    async with open_database(tmp_path / "store.sqlite") as opened:
        yield opened


def named_twice(connection: sqlite3.Connection) -> list[str]:
    return [
        name
        for (name,) in connection.execute("SELECT address FROM account GROUP BY network, address HAVING count(*) > 1")
    ]


def leading_nowhere(connection: sqlite3.Connection) -> list[int]:
    """The integers in creations that are those of no account."""
    named = """
        SELECT account FROM creation UNION SELECT creator FROM creation WHERE creator IS NOT NULL
        UNION SELECT transaction_source FROM creation WHERE transaction_source IS NOT NULL
        UNION SELECT sponsor FROM creation WHERE sponsor IS NOT NULL
        EXCEPT SELECT id FROM account
    """
    return [number for (number,) in connection.execute(named)]


@pytest.mark.parametrize("size", [1_000, LOADED_FROM])
async def test_every_account_of_a_creation_has_one_integer(database: Database, size: int) -> None:
    stores = open_stores(database)
    facts = [
        replace(creation(n, n // 7, n // 50 + 2, n % 50 + 1), sponsor=address(f"sponsor {n % 9}"))
        for n in range(1, size + 1)
    ]
    await stores.creations.record(unplaced=[unplaced(3, 0), unplaced("rumoured", 5)])
    await stores.creations.record(facts, [end(5, "heir", 9)])
    await stores.creations.record(
        [*facts[:400], provisional("heard", "teller", 4), creation("B", "A", 4, network=PUBLIC)]
    )
    assert await database.read(named_twice) == []
    assert await database.read(leading_nowhere) == []
    assert (await stores.accounts.figures(SANDBOX)).creations == size + 1


async def test_addresses_that_begin_alike_are_kept_apart(database: Database) -> None:
    store = open_stores(database).creations
    facts = [replace(creation("any", "A", ledger), account=one) for ledger, one in enumerate(ALIKE[:2], 5)]
    for fact in facts:
        await store.record([fact])
    await store.record(facts)
    for fact in facts:
        assert await store.creations_of(fact.ref) == (fact,)
    assert await store.creations_of(AccountRef(SANDBOX, ALIKE[2])) == ()
    assert await store.children_of(account("A"), ChildRange(), 9) == tuple(facts)
    assert await database.read(named_twice) == []


async def test_no_child_is_looked_up_by_its_address_to_see_whether_it_was_merged() -> None:
    children = [creation(number, "A", number) for number in range(2, 60)]
    asked: list[str] = []
    async with open_database(MEMORY, inline=True) as database:
        store = open_stores(database).creations
        await store.record(children, [end(number, "A", 70) for number in range(2, 60, 3)])
        await database.read(lambda connection: connection.set_trace_callback(asked.append))
        lives = await store.lives_of_children(account("A"), children)
        await database.read(lambda connection: connection.set_trace_callback(None))
        steps = [str(step) for sql in asked for step in await database.rows(f"EXPLAIN QUERY PLAN {sql}")]
    assert [life.end is not None for life in lives] == [number % 3 == 0 for number in range(58)]
    assert sum("account_by_start" in step for step in steps) == 1, "for the creator"
