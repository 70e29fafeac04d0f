"""Accounts are found by the start of their address, by domain and by tag; what changed is found by what it is now."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

import pytest

from stellarmap_common.adapters.cassandra.stores import open_stores
from stellarmap_common.domain.lookup import Term, TermKind
from stellarmap_common.domain.network import Address
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.ports.lookup_store import LookupStore
from stellarmap_common.ports.stores import Stores
from tests.support.cassandra_places import CassandraBackend, CutOff, placed
from tests.support.profiles import minute
from tests.support.stores import PUBLIC, SANDBOX, account, address

T = TypeVar("T", bound=str)

A, B = account("A"), account("B")
GOLD = Term(TermKind.DOMAIN, "gold.example")
EXCHANGE = Term(TermKind.TAG, "exchange")


@pytest.fixture
def lookups(stores: Stores) -> LookupStore:
    return stores.lookups


async def paged(page_after: Callable[[T | None], Awaitable[Sequence[T]]]) -> list[T]:
    """All pages, one after the other."""
    found: list[T] = []
    while page := await page_after(found[-1] if found else None):
        found += page
    return found


async def test_an_account_is_found_by_its_terms_and_by_no_others(lookups: LookupStore) -> None:
    for _ in range(2):
        await lookups.put(A, (GOLD, EXCHANGE), minute(1))
    await lookups.put(account("A", PUBLIC), (), minute(1))
    for term in (GOLD, EXCHANGE):
        assert await lookups.by_term(SANDBOX, term, None, 9) == (A.address,)
        assert await lookups.by_term(PUBLIC, term, None, 9) == ()
    assert await lookups.by_term(SANDBOX, Term(TermKind.TAG, GOLD.text), None, 9) == ()
    assert await lookups.by_term(SANDBOX, Term(TermKind.DOMAIN, "gold.exampl"), None, 9) == ()


async def test_what_an_account_no_longer_is_it_is_not_found_by(lookups: LookupStore) -> None:
    await lookups.put(A, (GOLD, EXCHANGE), minute(1))
    await lookups.put(B, (GOLD,), minute(1))
    for _ in range(2):
        await lookups.remove(A, (GOLD,), minute(2))
    assert await lookups.by_term(SANDBOX, GOLD, None, 9) == (B.address,)
    assert await lookups.by_term(SANDBOX, EXCHANGE, None, 9) == (A.address,)
    assert await lookups.by_prefix(SANDBOX, A.address[:3], None, 99) != ()


@pytest.mark.parametrize("turned", [False, True])
async def test_what_was_put_later_than_it_was_removed_is_found_in_either_order(
    lookups: LookupStore, *, turned: bool
) -> None:
    await lookups.put(A, (GOLD,), minute(1))

    async def put() -> None:
        await lookups.put(A, (GOLD,), minute(3))

    async def remove() -> None:
        await lookups.remove(A, (GOLD,), minute(2))

    for step in (remove, put) if turned else (put, remove):
        await step()
    assert await lookups.by_term(SANDBOX, GOLD, None, 9) == (A.address,)


@pytest.mark.parametrize("limit", [1, 7, 100])
async def test_pages_of_a_term_meet_every_account_once_in_order(lookups: LookupStore, limit: int) -> None:
    for number in range(30):
        await lookups.put(account(number), (GOLD,), minute(1))
    found = await paged(lambda after: lookups.by_term(SANDBOX, GOLD, after, limit))
    assert found == sorted(address(number) for number in range(30))


@pytest.mark.parametrize("length", [3, 4, 5, 56])
async def test_the_start_of_an_address_finds_all_that_begin_so(lookups: LookupStore, length: int) -> None:
    everyone = [address(number) for number in range(200)]
    for number in range(200):
        await lookups.put(account(number), (), minute(1))
    start = everyone[17][:length]
    found = await paged(lambda after: lookups.by_prefix(SANDBOX, start, after, 2))
    assert found == sorted(each for each in everyone if each.startswith(start))
    assert await lookups.by_prefix(PUBLIC, start, None, 9) == ()


async def terms_from(lookups: LookupStore, start: str, limit: int, after: str | None) -> Sequence[str]:
    return await lookups.terms(SANDBOX, TermKind.DOMAIN, start, after, limit)


@pytest.mark.parametrize("limit", [1, 2, 50])
async def test_terms_that_begin_so_are_listed_once_each_in_order(lookups: LookupStore, limit: int) -> None:
    texts = ["go", "gold.example", "gold.test", "gone", "göteborg.example", "golf", "h.example", "g"]
    for number, text in enumerate(texts * 3):
        await lookups.put(account(number), (Term(TermKind.DOMAIN, text), Term(TermKind.TAG, f"{text}!")), minute(1))
    for start in ("go", "gol", "gold.", "gold.test", "gö", "zz"):
        found = await paged(partial(terms_from, lookups, start, limit))
        assert found == sorted(text for text in texts if text.startswith(start))
        assert await lookups.terms(PUBLIC, TermKind.DOMAIN, start, None, 9) == ()
    assert await lookups.terms(SANDBOX, TermKind.TAG, "gol", None, 1) == ("gold.example!",)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("text", ["gold.example", "gol", "go"])
async def test_a_term_goes_with_the_last_account_that_is_found_by_it_and_comes_again(
    lookups: LookupStore, text: str, *, turned: bool
) -> None:
    term = Term(TermKind.DOMAIN, text)
    placed = [(A, minute(1)), (B, minute(5))]
    for each, at in placed:
        await lookups.put(each, (term,), at)
    first, last = reversed(placed) if turned else placed
    await lookups.remove(first[0], (term,), first[1])
    assert await terms_from(lookups, "go", 9, None) == (text,)
    for _ in range(2):
        await lookups.remove(last[0], (term,), last[1])
        assert await terms_from(lookups, "go", 9, None) == ()
        assert await terms_from(lookups, text, 9, None) == ()
    await lookups.put(A, (term,), minute(6))
    assert await terms_from(lookups, "go", 9, None) == (text,)
    assert await lookups.by_term(SANDBOX, term, None, 9) == (A.address,)


async def test_a_term_goes_alone_and_those_that_begin_as_it_does_stay(lookups: LookupStore) -> None:
    texts = ("gold.example", "gold.test", "golf", "gone")
    await lookups.put(A, tuple(Term(TermKind.DOMAIN, text) for text in texts), minute(1))
    left = list(texts)
    for text in ("golf", "gold.example", "gold.test"):
        await lookups.remove(A, (Term(TermKind.DOMAIN, text),), minute(1))
        left.remove(text)
        assert await terms_from(lookups, "go", 9, None) == tuple(left)


@pytest.mark.parametrize("left", range(8))
async def test_cut_off_anywhere_and_repeated_terms_are_listed_as_if_done_at_once(
    cassandra_backend: CassandraBackend, left: int
) -> None:
    session = placed(cassandra_backend, CutOff)
    lookups = open_stores(session).lookups
    for step, expected in ((lookups.put, (GOLD.text,)), (lookups.remove, ())):
        session.left = left
        with suppress(StoreUnavailable):
            await step(A, (GOLD,), minute(1))
        session.left = 1_000_000
        await step(A, (GOLD,), minute(1))
        assert await terms_from(lookups, "go", 9, None) == expected


async def test_many_terms_of_many_starts_are_met_once_each(lookups: LookupStore) -> None:
    texts = sorted(f"go{one}{two}{end}" for one in "abcdefg" for two in "xyz" for end in ("", "a", "b.example"))
    await lookups.put(A, tuple(Term(TermKind.DOMAIN, text) for text in texts), minute(1))
    for start in ("go", "gob", "gobx"):
        assert await paged(partial(terms_from, lookups, start, 7)) == [each for each in texts if each.startswith(start)]


async def test_nothing_is_found_where_nothing_was_put(lookups: LookupStore) -> None:
    assert await lookups.by_term(SANDBOX, GOLD, Address("GAB"), 9) == ()
    assert await lookups.by_prefix(SANDBOX, "GAB", None, 9) == ()
    assert await lookups.terms(SANDBOX, TermKind.TAG, "ab", None, 9) == ()
