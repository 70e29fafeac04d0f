"""A lease has one holder at a time, whoever asks at once; and whoever comes after another can be told from it by the term."""

import asyncio
from datetime import timedelta

import pytest

from stellarmap_common.ports.lease_store import Lease, LeaseStore
from stellarmap_common.ports.stores import Stores
from tests.support.stores import NOON, StoreBackend

FOR_S = 10.0


@pytest.fixture
def leases(stores: Stores) -> LeaseStore:
    return stores.leases


async def taken(leases: LeaseStore, holder: str, at_s: float = 0.0, name: str = "one") -> Lease | None:
    return await leases.take(name, holder, NOON + timedelta(seconds=at_s), FOR_S)


def lease(holder: str, term: int, at_s: float = 0.0) -> Lease:
    return Lease(name="one", holder=holder, term=term, until=NOON + timedelta(seconds=at_s + FOR_S))


async def test_who_holds_it_keeps_it_and_nobody_else_gets_it(leases: LeaseStore) -> None:
    assert await taken(leases, "ann") == lease("ann", 1)
    assert await taken(leases, "bob", 9.9) is None
    assert await taken(leases, "ann", 5) == lease("ann", 1, 5)
    assert await taken(leases, "bob", 14.9) is None
    assert await taken(leases, "bob", 5, name="another") is not None


async def test_one_that_lapsed_is_the_next_ones_in_a_new_term(leases: LeaseStore) -> None:
    await taken(leases, "ann")
    assert await taken(leases, "bob", 10) == lease("bob", 2, 10)
    assert await taken(leases, "ann", 11) is None


async def test_one_that_lapsed_and_that_nobody_took_goes_on_in_its_term(leases: LeaseStore) -> None:
    await taken(leases, "ann")
    assert await taken(leases, "ann", 60) == lease("ann", 1, 60)


async def test_one_that_is_released_is_free_at_once_in_a_new_term(leases: LeaseStore) -> None:
    await taken(leases, "ann")
    for _ in range(2):
        await leases.release("one", "ann")
    assert await taken(leases, "bob", 1) == lease("bob", 2, 1)
    await leases.release("one", "bob")
    assert await taken(leases, "bob", 2) == lease("bob", 3, 2)


async def test_nobody_releases_what_another_holds(leases: LeaseStore) -> None:
    await leases.release("one", "ann")
    await taken(leases, "ann")
    await leases.release("one", "bob")
    assert await taken(leases, "bob", 1) is None


async def test_who_holds_it_is_told_until_it_is_released(leases: LeaseStore) -> None:
    assert await leases.standing("one") is None
    await taken(leases, "ann")
    await taken(leases, "bob", 1)
    assert await leases.standing("one") == lease("ann", 1)
    await leases.release("one", "ann")
    assert await leases.standing("one") is None


@pytest.mark.parametrize("at_s", [0.0, 60.0])
async def test_of_those_who_ask_at_once_one_gets_it(durable_backend: StoreBackend, at_s: float) -> None:
    place = durable_backend.new_place()
    async with durable_backend.at(place) as one, durable_backend.at(place) as other:
        term = 1
        if at_s:
            await taken(one.leases, "gone")
            term = 2
        asking = (taken((one if n % 2 else other).leases, f"{n}", at_s) for n in range(10))
        found = [each for each in await asyncio.gather(*asking) if each]
        assert [each.term for each in found] == [term]
