"""What was searched for is kept: its latest state, the first view, and in which order it came, day by day."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from stellarmap_common.adapters.cassandra.session import Statement
from stellarmap_common.adapters.cassandra.stores import open_stores
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import AccountStatus
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.ports.search_cache import SEARCHES_KEPT, FirstView, SearchCache, SearchEntry, SearchKey
from stellarmap_common.ports.stores import Stores
from tests.support.cassandra_places import CassandraBackend, CutOff, PlacedSession, placed
from tests.support.profiles import minute
from tests.support.stores import NOON, PUBLIC, SANDBOX, SqliteInline, account, address

A = account("A")
VIEW = FirstView(text='{"network":"sandbox"}', budget=200, depth=3, pages=50)


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
        view=VIEW,
        last_fetched_at=minute(2),
        retry_count=4,
        last_error="Horizon does not answer",
    )
    for _ in range(2):
        await searches.put(whole)
        assert await searches.entry_of(A) == whole
    assert await searches.entry_of(account("B")) is None
    assert await searches.entry_of(account("A", PUBLIC)) is None


async def test_a_view_of_a_hundred_kilobytes_is_kept_whole(searches: SearchCache) -> None:
    entry = replace(searched(), view=replace(VIEW, text="é" * 100_000))
    await searches.put(entry)
    assert await searches.entry_of(A) == entry


@pytest.mark.parametrize("turned", [False, True])
async def test_of_two_the_one_that_was_updated_later_stays(searches: SearchCache, *, turned: bool) -> None:
    with_view = replace(searched(updated=1), view=VIEW)
    without = searched(updated=2, status=AccountStatus.PROCESSING)
    for entry in (without, with_view) if turned else (with_view, without):
        await searches.put(entry)
    assert await searches.entry_of(A) == without
    assert await searches.created_on(SANDBOX, NOON.date(), None, 9) == (without,)


async def test_an_entry_that_is_made_anew_stands_on_its_new_day_alone(searches: SearchCache) -> None:
    old, day = searched(), 24 * 60
    new = searched(created=day)
    await searches.put(old)
    await searches.put(new)
    assert await searches.created_on(SANDBOX, NOON.date(), None, 9) == ()
    assert await searches.created_on(SANDBOX, new.created_at.date(), None, 9) == (new,)


async def test_those_of_a_day_are_listed_latest_first_and_no_others(searches: SearchCache) -> None:
    midnight = 12 * 60
    entries = [searched(account(name), created) for name, created in (("A", 0), ("B", midnight - 1), ("C", 30))]
    others = [searched(account("D"), midnight), searched(account("E"), -midnight - 1), searched(account("A", PUBLIC))]
    for entry in entries + others:
        await searches.put(entry)
    assert await searches.created_on(SANDBOX, NOON.date(), None, 9) == (entries[1], entries[2], entries[0])
    assert await searches.created_on(SANDBOX, NOON.date() + timedelta(days=1), None, 9) == (others[0],)
    assert await searches.created_on(SANDBOX, NOON.date() + timedelta(days=9), None, 9) == ()


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 40])
async def test_pages_meet_every_entry_once_also_those_of_one_moment(searches: SearchCache, limit: int) -> None:
    entries = [searched(account(number), created=number // 5) for number in range(23)]
    for entry in entries:
        await searches.put(entry)
    paged: list[SearchEntry] = []
    before: SearchKey | None = None
    while page := await searches.created_on(SANDBOX, NOON.date(), before, limit):
        assert len(page) <= limit
        paged += page
        before = SearchKey(page[-1].created_at, page[-1].account.address)
    assert sorted(each.account.address for each in paged) == sorted(address(number) for number in range(23))
    keys = [SearchKey(each.created_at, each.account.address) for each in paged]
    assert all(later > earlier for later, earlier in pairwise(keys))


async def test_sqlite_forgets_searches_after_thirty_days() -> None:
    late = searched(account("B"), int(SEARCHES_KEPT.total_seconds()) // 60 + 1)
    async with SqliteInline().at(":memory:") as stores:
        await stores.searches.put(searched())
        await stores.searches.put(late)
        assert await stores.searches.entry_of(A) is None
        assert await stores.searches.entry_of(late.account) == late


async def test_an_entry_that_was_listed_and_then_not_stored_is_not_shown(cassandra_backend: CassandraBackend) -> None:
    session = placed(cassandra_backend, CutOff)
    searches = open_stores(session).searches
    session.left = 1
    with pytest.raises(StoreUnavailable):
        await searches.put(searched())
    session.left = 1_000_000
    assert await searches.created_on(SANDBOX, NOON.date(), None, 9) == ()
    await searches.put(searched(created=1))
    assert await searches.created_on(SANDBOX, NOON.date(), None, 1) == (searched(created=1),)


async def test_cassandra_forgets_searches_after_thirty_days(cassandra_backend: CassandraBackend) -> None:
    session = placed(cassandra_backend, PlacedSession)
    await open_stores(session).searches.put(searched())
    read = Statement("ttl", "SELECT TTL(entry) FROM search_cache WHERE network = ? AND account = ?")
    ((left,),) = await session.rows(read, SANDBOX, A.address)
    assert 0 <= SEARCHES_KEPT.total_seconds() - left < 600
