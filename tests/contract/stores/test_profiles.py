"""A profile is what all answers amount to, in whatever order they came; and what is due to be read again is found."""

from collections.abc import Sequence
from datetime import timedelta
from functools import reduce
from itertools import permutations

import pytest

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.profile import Entry, ListedAt, Listing, Profile, merge
from stellarmap_common.ports.profile_store import ProfileStore
from stellarmap_common.ports.stores import Stores
from tests.support.profiles import entry, everything, holding, issuing, listed, minute, read, told
from tests.support.stores import PUBLIC, SANDBOX, account, address

A, B = account("A"), account("B")


@pytest.fixture
def profiles(stores: Stores) -> ProfileStore:
    return stores.profiles


async def put_all(profiles: ProfileStore, parts: Sequence[Profile]) -> None:
    for part in parts:
        await profiles.put(part)


def names(accounts: Sequence[AccountRef]) -> list[str]:
    known = {address(name): name for name in "ABCDEF"}
    return [known[one.address] for one in accounts]


async def test_what_is_put_is_read_as_it_was(profiles: ProfileStore) -> None:
    assert await profiles.profile_of(A) is None
    await put_all(profiles, everything(A))
    assert await profiles.profile_of(A) == reduce(merge, everything(A))
    assert await profiles.profile_of(B) is None
    assert await profiles.profile_of(account("A", PUBLIC)) is None


async def test_profiles_of_several_are_those_that_there_are(profiles: ProfileStore) -> None:
    await put_all(profiles, (*everything(A), read(account("C"), 200, 1), read(account("B", PUBLIC), 200, 1)))
    of_three = await profiles.profiles_of(SANDBOX, [address(name) for name in "CBA"])
    assert of_three == {address("A"): reduce(merge, everything(A)), address("C"): read(account("C"), 200, 1)}
    assert await profiles.profiles_of(SANDBOX, []) == {}


async def test_a_thousand_trust_lines_are_read_as_they_were(profiles: ProfileStore) -> None:
    await profiles.put(holding(A, 1, lines=1_000))
    assert await profiles.profile_of(A) == holding(A, 1, lines=1_000)


@pytest.mark.parametrize("order", range(6))
async def test_of_each_part_the_newer_stays_in_whatever_order_they_come(profiles: ProfileStore, order: int) -> None:
    old, new = everything(A, 1), everything(A, 2)
    newest = (read(A, 200, 3, xlm=7), holding(A, 3), issuing(A, 3), listed(A, 3), told(A, 3, "def"))
    rounds = list(permutations((old, new, newest)))[order]
    for parts in rounds:
        await put_all(profiles, parts)
        await put_all(profiles, parts)
    assert await profiles.profile_of(A) == reduce(merge, newest)


@pytest.mark.parametrize("turned", [False, True])
async def test_an_older_ledger_read_later_changes_when_it_was_asked_and_nothing_else(
    profiles: ProfileStore, *, turned: bool
) -> None:
    parts = [read(A, 200, 1, xlm=7), read(A, 199, 2, xlm=9)]
    await put_all(profiles, parts[::-1] if turned else parts)
    assert await profiles.profile_of(A) == Profile(account=A, entry=entry(200, 7), entry_at=minute(2))


@pytest.mark.parametrize("turned", [False, True])
async def test_of_one_version_the_account_that_exists_stays(profiles: ProfileStore, *, turned: bool) -> None:
    here = read(A, 200, 1)
    assert here.entry
    merged = Profile(account=A, entry=Entry(exists=False, version=here.entry.version), entry_at=minute(1))
    await put_all(profiles, [here, merged] if turned else [merged, here])
    assert await profiles.profile_of(A) == here


async def test_an_account_that_is_merged_and_made_again_is_there_again(profiles: ProfileStore) -> None:
    parts = [
        read(A, 200, 1),
        Profile(account=A, entry=Entry(exists=False, version=3_006), entry_at=minute(2)),
        read(A, 301, 3),
    ]
    for part in parts:
        await profiles.put(part)
        known = await profiles.profile_of(A)
        assert known
        assert known.entry == part.entry


async def test_the_directory_is_remembered_also_where_it_knows_nothing(profiles: ProfileStore) -> None:
    said = {
        A.address: ListedAt(at=minute(1), listing=Listing(name="<i>A</i>", tags=("exchange",))),
        B.address: ListedAt(at=minute(2), listing=None),
    }
    await profiles.keep_listings(SANDBOX, said)
    asked = [A.address, B.address, address("C")]
    assert await profiles.listings(SANDBOX, asked, minute(0)) == said
    assert await profiles.listings(SANDBOX, asked, minute(2)) == {B.address: said[B.address]}
    assert await profiles.listings(PUBLIC, asked, minute(0)) == {}
    assert await profiles.listings(SANDBOX, [], minute(0)) == {}


@pytest.mark.parametrize("turned", [False, True])
async def test_what_the_directory_said_last_is_remembered(profiles: ProfileStore, *, turned: bool) -> None:
    said = [ListedAt(at=minute(at), listing=Listing(name=f"{at}")) for at in (1, 2)]
    for each in said[::-1] if turned else said:
        await profiles.keep_listings(SANDBOX, {A.address: each})
    assert await profiles.listings(SANDBOX, [A.address], minute(0)) == {A.address: said[1]}


async def test_accounts_that_were_viewed_are_found_latest_first(profiles: ProfileStore) -> None:
    for name, at in (("A", 1), ("B", 70), ("C", 30), ("A", 80), ("B", 2)):
        await profiles.view(account(name), minute(at))
    await profiles.view(account("D", PUBLIC), minute(5))
    assert names(await profiles.viewed(SANDBOX, minute(0), minute(90), 10)) == ["A", "B", "C"]
    assert names(await profiles.viewed(SANDBOX, minute(0), minute(90), 2)) == ["A", "B"]
    assert names(await profiles.viewed(SANDBOX, minute(71), minute(80), 10)) == ["A"]
    assert names(await profiles.viewed(SANDBOX, minute(3), minute(79), 10)) == ["B", "C"]


async def test_watched_accounts_are_found_those_first_that_were_read_least_lately(profiles: ProfileStore) -> None:
    for name, at in (("A", 30), ("B", 10), ("C", 20)):
        await profiles.put(read(account(name), 100, at), watched=True)
    await profiles.put(read(account("D"), 100, 5))
    await profiles.put(read(account("E", PUBLIC), 100, 5), watched=True)
    assert names(await profiles.watched(SANDBOX, minute(60), 10)) == ["B", "C", "A"]
    assert names(await profiles.watched(SANDBOX, minute(60), 2)) == ["B", "C"]
    assert names(await profiles.watched(SANDBOX, minute(20), 10)) == ["B"]
    await profiles.put(read(account("B"), 100, 40), watched=True)
    assert names(await profiles.watched(SANDBOX, minute(60), 10)) == ["C", "A", "B"]


@pytest.mark.parametrize("turned", [False, True])
async def test_whether_it_is_watched_stands_with_the_latest_reading(profiles: ProfileStore, *, turned: bool) -> None:
    readings = [(read(A, 100, 1), True), (read(A, 200, 2), False)]
    for part, watched in readings[::-1] if turned else readings:
        await profiles.put(part, watched=watched)
    for _ in range(2):
        assert await profiles.watched(SANDBOX, minute(60), 10) == ()
    await profiles.put(told(A, 3, "abc"), watched=True)
    assert await profiles.watched(SANDBOX, minute(60), 10) == ()
    await profiles.put(read(A, 300, 4), watched=True)
    assert await profiles.watched(SANDBOX, minute(60), 10) == (A,)
    await profiles.put(told(A, 5, "abc"))
    assert await profiles.watched(SANDBOX, minute(60), 10) == (A,)


@pytest.mark.parametrize("turned", [False, True])
async def test_of_one_reading_it_is_watched_if_that_was_said_once(profiles: ProfileStore, *, turned: bool) -> None:
    said = [(read(A, 100, 1), False), (Profile(account=A, entry_at=minute(1)), True)]
    for part, watched in said[::-1] if turned else said:
        await profiles.put(part, watched=watched)
    assert await profiles.watched(SANDBOX, minute(60), 10) == (A,)
    found = await profiles.profile_of(A)
    assert found == read(A, 100, 1)


async def test_views_lapse_after_two_days_or_are_never_asked_for(profiles: ProfileStore) -> None:
    await profiles.view(A, minute(0))
    late = minute(0) + timedelta(days=3)
    await profiles.view(B, late)
    assert await profiles.viewed(SANDBOX, late - timedelta(hours=1), late, 10) == (B,)
