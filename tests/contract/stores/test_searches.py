"""What was searched for is kept: its latest state, and the first view."""

from dataclasses import replace
from datetime import timedelta

import pytest

from stellarmap_common.adapters.cassandra.session import Statement
from stellarmap_common.adapters.cassandra.stores import open_stores
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import AccountStatus
from stellarmap_common.ports.search_cache import SEARCHES_KEPT, FirstView, SearchCache, SearchEntry
from stellarmap_common.ports.stores import Stores
from tests.support.cassandra_places import CassandraBackend, PlacedSession, placed
from tests.support.profiles import minute
from tests.support.stores import PUBLIC, SANDBOX, SqliteInline, account

A = account("A")
VIEW = FirstView(text='{"network":"sandbox"}', generation="one", read_at=minute(2), budget=200, depth=3, pages=50)


@pytest.fixture
def searches(stores: Stores) -> SearchCache:
    return stores.searches


def searched(
    of: AccountRef = A, created: int = 0, updated: int | None = None, status: AccountStatus = AccountStatus.PENDING
) -> SearchEntry:
    """First searched for at one minute, updated at another."""
    at = created if updated is None else updated
    return SearchEntry(account=of, status=status, created_at=minute(created), updated_at=minute(at))


async def test_what_is_put_is_read_as_it_was(searches: SearchCache) -> None:
    assert await searches.entry_of(A) is None
    whole = replace(
        searched(updated=3, status=AccountStatus.COMPLETE),
        generation="one",
        retry_count=4,
        last_error="Horizon does not answer",
    )
    for _ in range(2):
        await searches.put(whole)
        assert await searches.entry_of(A) == whole
    for _ in range(2):
        await searches.put_view(A, VIEW)
        assert await searches.entry_of(A) == replace(whole, first_view=VIEW)
    assert await searches.entry_of(account("B")) is None
    assert await searches.entry_of(account("A", PUBLIC)) is None


async def test_a_view_of_a_hundred_kilobytes_is_kept_whole(searches: SearchCache) -> None:
    view = replace(VIEW, text="é" * 100_000)
    await searches.put(searched())
    await searches.put_view(A, view)
    assert await searches.entry_of(A) == replace(searched(), first_view=view)


@pytest.mark.parametrize("turned", [False, True])
async def test_a_view_holds_while_its_entry_is_of_the_same_generation_whichever_is_put_first(
    searches: SearchCache, *, turned: bool
) -> None:
    await searches.put(replace(searched(), generation="one"))
    found = replace(searched(updated=1), generation="two")
    if turned:
        await searches.put_view(A, VIEW)
        before = await searches.entry_of(A)
        assert before
        assert before.fresh_view(minute(3), timedelta(hours=1)) == VIEW
        await searches.put(found)
    else:
        await searches.put(found)
        await searches.put_view(A, VIEW)
    after = await searches.entry_of(A)
    assert after
    assert after.fresh_view(minute(3), timedelta(hours=1)) is None
    await searches.put_view(A, replace(VIEW, generation="two"))
    again = await searches.entry_of(A)
    assert again
    assert again.fresh_view(minute(3), timedelta(hours=1)) == replace(VIEW, generation="two")
    assert again.fresh_view(minute(62), timedelta(hours=1)) is None


async def test_a_view_without_an_entry_is_nothing(searches: SearchCache) -> None:
    await searches.put_view(A, VIEW)
    assert await searches.entry_of(A) is None


@pytest.mark.parametrize("turned", [False, True])
async def test_of_two_the_one_that_was_updated_later_stays(searches: SearchCache, *, turned: bool) -> None:
    before = replace(searched(updated=1), generation="one")
    without = searched(updated=2, status=AccountStatus.PROCESSING)
    for entry in (without, before) if turned else (before, without):
        await searches.put(entry)
    assert await searches.entry_of(A) == without


async def test_sqlite_forgets_searches_after_thirty_days() -> None:
    late = searched(account("B"), int(SEARCHES_KEPT.total_seconds()) // 60 + 1)
    async with SqliteInline().at(":memory:") as stores:
        await stores.searches.put(searched())
        await stores.searches.put(late)
        assert await stores.searches.entry_of(A) is None
        assert await stores.searches.entry_of(late.account) == late


async def test_cassandra_forgets_searches_after_thirty_days(cassandra_backend: CassandraBackend) -> None:
    session = placed(cassandra_backend, PlacedSession)
    await open_stores(session).searches.put(searched())
    read = Statement("ttl", "SELECT TTL(entry) FROM search_cache WHERE network = ? AND account = ?")
    ((left,),) = await session.rows(read, SANDBOX, A.address)
    assert 0 <= SEARCHES_KEPT.total_seconds() - left < 600
