"""Rings are what the children are, whatever was kept of them before, and whatever is recorded between two looks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stellarmap_common.adapters.cassandra import counting
from stellarmap_common.adapters.sqlite import ring_store as sqlite_rings
from stellarmap_common.domain import rings as domain
from stellarmap_common.domain.creation import Creation, CreationKind, Source
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.rings import Rings
from stellarmap_common.domain.toid import provisional_toid, toid
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.stores import Stores
from tests.support.rings import SeenDot, seen_dots, true_dots
from tests.support.stores import SANDBOX, StoreBackend, account, address, closed_at, creation, provisional

HUB = account("hub")
SMALL = 3
LEDGERS = (1, 2, 16_383, 16_384, 40_000, 262_144, 900_000)


@contextmanager
def small_chunks() -> Iterator[None]:
    """Chunks of three children, and in Cassandra kept at once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(domain, "CHUNK", SMALL)
        patched.setattr(sqlite_rings, "CHUNK", SMALL)
        patched.setattr(counting, "QUIET_MICROS", -1_000_000)
        yield


def read(rings: Rings) -> list[SeenDot]:
    return list(seen_dots(rings.first_minute, rings.steps(), rings.classes(), rings.children))


async def held(stores: Stores, creator: AccountRef = HUB) -> list[SeenDot]:
    """The rings, which are of the children that are stored."""
    rings = await stores.rings.rings_of(creator)
    children = await stores.creations.children_of(creator, ChildRange(), 100_000)
    assert read(rings) == true_dots(children)
    at = 0
    for chunk in rings.chunks:
        stretch = children[at : at + chunk.children]
        assert (chunk.first_op, chunk.last_op) == (stretch[0].created_op, stretch[-1].created_op)
        at += chunk.children
    return read(rings)


def made(child: int, ledger: int, transaction: int, better: bool) -> Creation:  # noqa: FBT001 - drawn by hypothesis
    """A creation; of the two readings of it the better one knows time and balance. Some children are of one operation."""
    exact = transaction > 0
    known = better or (child + ledger) % 3 == 0
    return Creation(
        network=SANDBOX,
        account=address(child),
        created_op=toid(ledger, transaction, 1) if exact else provisional_toid(ledger),
        creator=HUB.address,
        kind=CreationKind.CONTRACT_TRANSFER,
        source=Source.HORIZON if better and exact else Source.BIGQUERY,
        created_at=broken_time(ledger) if known or not exact else None,
        starting_balance_stroops=10 ** (child % 14) * (child % 3) if known and exact else None,
    )


def broken_time(ledger: int) -> datetime:
    """Of one ledger the time is an hour too early: before that of the ledger before it."""
    return closed_at(ledger - 900 if ledger == 16_384 else ledger)


creations = st.lists(
    st.builds(made, st.integers(0, 30), st.sampled_from(LEDGERS), st.integers(0, 2), st.booleans()),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60)
@given(st.lists(creations, min_size=1, max_size=5))
async def test_rings_are_those_of_the_children_whatever_comes_later(
    backend: StoreBackend, parts: list[list[Creation]]
) -> None:
    with small_chunks():
        async with backend.at(backend.new_place()) as stores:
            for part in parts:
                await stores.creations.record(part)
                await held(stores)
                await held(stores)


async def test_an_account_that_made_nothing_or_was_never_heard_of_has_no_rings(stores: Stores) -> None:
    await stores.creations.record([creation("leaf", "hub", 5)])
    for nobody in (account("leaf"), account("unheard of")):
        rings = await stores.rings.rings_of(nobody)
        assert (rings.chunks, rings.children, rings.steps(), rings.classes()) == ((), 0, b"", b"")


async def test_a_provisional_child_goes_with_its_exact_one_from_rings_that_were_kept(stores: Stores) -> None:
    with small_chunks():
        await stores.creations.record([provisional(number, "hub", number) for number in range(1, 12)])
        before = await held(stores)
        await stores.creations.record([creation(4, "hub", 4)])
        after = await held(stores)
    assert len(after) == len(before)
    assert [at for at, (one, other) in enumerate(zip(before, after, strict=True)) if one != other] == [3]


async def test_many_children_of_one_operation_stand_in_the_order_of_their_addresses(stores: Stores) -> None:
    with small_chunks():
        twins = [
            creation(f"twin {number}", "hub", 7, starting_balance_stroops=10**number) for number in (9, 1, 7, 3, 8, 0)
        ]
        await stores.creations.record([creation("first", "hub", 6), *twins, creation("last", "hub", 8)])
        assert len(await held(stores)) == 8
        assert len(await held(stores)) == 8


async def test_ten_thousand_children_are_a_few_chunks(stores: Stores) -> None:
    await stores.creations.record([creation(number, "hub", 10 + number * 40) for number in range(10_000)])
    rings = await stores.rings.rings_of(HUB)
    assert rings.children == 10_000
    assert max(chunk.children for chunk in rings.chunks) <= domain.CHUNK
    place = rings.place_of(9_999)
    assert place
    assert (place[0].last_op, place[1]) == (toid(10 + 9_999 * 40, 1, 1), place[0].children - 1)
    assert rings.place_of(10_000) is None
    await held(stores)


async def test_an_import_of_a_network_leaves_no_rings_of_before(backend: StoreBackend) -> None:
    facts = [creation(number, "hub", 2 * number + 10) for number in range(21_000)]
    with small_chunks():
        async with backend.at(backend.new_place()) as stores:
            await stores.creations.record(facts[:50])
            await held(stores)
            await stores.creations.record(facts[25:])
            assert len((await stores.rings.rings_of(HUB)).classes()) == len(facts)
