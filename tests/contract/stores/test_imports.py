"""Imports: facts and the state that tells of them, however many they are, and wherever they are interrupted."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from stellarmap_common.domain.creation import AccountEnd, Creation, Source
from stellarmap_common.domain.toid import Ledger
from stellarmap_common.lineage.digest import Digest, digest_of
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.import_store import NetworkImport
from stellarmap_common.ports.stores import Stores
from tests.support.stores import (
    NOON,
    PUBLIC,
    SANDBOX,
    StoreBackend,
    account,
    creation,
    end,
    figures_now,
    provisional,
    unplaced,
)

BEGUN = NetworkImport(network=SANDBOX, source="a file")
MANY = 30_000  # a store may load so many at once
ACCOUNTS, TOGETHER = 600, 100


def forest() -> tuple[list[Creation], list[AccountEnd]]:
    """Creations by a few hubs and many others, one account of ten created twice, and the merges between."""
    chance = random.Random(5)
    creations, ends = [], []
    for number in range(1, ACCOUNTS + 1):
        creator = chance.choice([0, 0, 1, chance.randrange(number)]) if number > 1 else 0
        creations.append(creation(number, creator, number + 1, source=Source.BIGQUERY, transaction_hash=None))
        if number % 10 == 0:
            ends.append(end(number, creator, number + 2, source=Source.BIGQUERY, transaction_hash=None))
            again = creation(number, 1, number + 3, 2, source=Source.BIGQUERY, transaction_hash=None)
            creations.append(again)
    return creations, ends


async def imported(stores: Stores, state: NetworkImport, expected: int, first: int = 0) -> None:
    """All of the forest from that place on, in parts."""
    creations, ends = forest()
    await stores.imports.begin(replace(state, rows=first), expected)
    for start in range(first, len(creations), TOGETHER):
        part = slice(start, start + TOGETHER)
        rows = min(start + TOGETHER, len(creations))
        await stores.imports.keep(
            replace(state, rows=rows), creations[part], ends[start // 10 : (start + TOGETHER) // 10]
        )
    await finished(stores, replace(state, rows=len(creations), done=True))


async def finished(stores: Stores, state: NetworkImport) -> None:
    async for _ in stores.imports.finishing(state):
        pass


async def digest(stores: Stores) -> Digest:
    return await digest_of(stores.creations, SANDBOX)


async def derived(stores: Stores, facts: Sequence[Creation]) -> list[object]:
    """What is told of the facts by indexes and counts."""
    creators = {fact.creator: account(0).__class__(SANDBOX, fact.creator) for fact in facts if fact.creator}
    told: list[object] = [await figures_now(stores, SANDBOX)]
    for creator in creators.values():
        told += [
            await stores.creations.count_children(creator, ChildRange()),
            await stores.creations.children_of(creator, ChildRange(), 5_000),
            await stores.creations.children_with_children(creator, 50),
            await stores.creations.creations_of(creator),
            await stores.creations.ends_of(creator),
        ]
    return told


async def test_nothing_was_imported_into_a_new_store(stores: Stores) -> None:
    assert await stores.imports.state_of(SANDBOX) is None


@pytest.mark.parametrize("expected", [ACCOUNTS, MANY])
async def test_what_is_imported_is_what_recording_it_would_have_stored(
    backend: StoreBackend, stores: Stores, expected: int
) -> None:
    creations, ends = forest()
    async with backend.at(backend.new_place()) as others:
        await others.creations.record(creations, ends)
        await imported(stores, BEGUN, expected)
        assert await digest(stores) == await digest(others)
        assert await derived(stores, creations) == await derived(others, creations)


@pytest.mark.parametrize("expected", [ACCOUNTS, MANY])
async def test_to_import_once_more_changes_nothing(stores: Stores, expected: int) -> None:
    creations, _ = forest()
    await imported(stores, BEGUN, expected)
    before = await digest(stores), await derived(stores, creations)
    await imported(stores, replace(BEGUN, source="another file"), expected)
    assert (await digest(stores), await derived(stores, creations)) == before


@pytest.mark.parametrize("expected", [ACCOUNTS, MANY])
async def test_an_import_fits_itself_to_what_was_stored_before(
    backend: StoreBackend, stores: Stores, expected: int
) -> None:
    """What Horizon told exactly stays; what was known by ledger or creator alone is replaced."""
    creations, ends = forest()
    exact = [replace(one, source=Source.HORIZON, sponsor=account("S").address) for one in creations[5:20]]
    vague = [provisional(number, 0, number + 1) for number in (3, 50)]
    vague = [replace(one, creator=creations[0].creator) for one in vague]
    heard = [unplaced(1, 0), unplaced("elsewhere", 0)]
    async with backend.at(backend.new_place()) as others:
        for each in (stores, others):
            await each.creations.record(exact, [end(20, 1, 22, 0)], heard)
            await each.creations.record(vague)
        await others.creations.record(creations, ends)
        await imported(stores, BEGUN, expected)
        assert await digest(stores) == await digest(others)
        assert await derived(stores, creations) == await derived(others, creations)
        assert await stores.creations.unplaced_of(account(1)) == ()
        assert await stores.creations.unplaced_of(account("elsewhere")) == (heard[1],)


@pytest.mark.parametrize("expected", [ACCOUNTS, MANY])
async def test_an_import_goes_on_where_a_process_was_killed(durable_backend: StoreBackend, expected: int) -> None:
    creations, ends = forest()
    place = durable_backend.new_place()
    async with durable_backend.at(place) as stores:
        await stores.imports.begin(BEGUN, expected)
        await stores.imports.keep(replace(BEGUN, rows=300), creations[:300], ends[:30])
    async with durable_backend.at(place) as stores:
        state = await stores.imports.state_of(SANDBOX)
        assert state == replace(BEGUN, rows=300)
        await imported(stores, BEGUN, expected, first=300)
    async with durable_backend.at(durable_backend.new_place()) as others, durable_backend.at(place) as stores:
        await others.creations.record(creations, ends)
        assert await digest(stores) == await digest(others)
        assert await derived(stores, creations) == await derived(others, creations)


async def test_finishing_that_was_interrupted_is_begun_again(durable_backend: StoreBackend) -> None:
    creations, ends = forest()
    place = durable_backend.new_place()
    async with durable_backend.at(place) as stores:
        await stores.imports.begin(BEGUN, MANY)
        await stores.imports.keep(replace(BEGUN, rows=len(creations)), creations, ends)
        parts = stores.imports.finishing(BEGUN)
        await anext(parts)
        await anext(parts, None)
        await parts.aclose()  # type: ignore[attr-defined] # it is a generator
    async with durable_backend.at(place) as stores:
        await imported(stores, BEGUN, 0, first=len(creations))
        expected = await derived(stores, creations)
    async with durable_backend.at(durable_backend.new_place()) as others:
        await others.creations.record(creations, ends)
        assert await derived(others, creations) == expected


async def test_the_state_is_read_as_it_was_kept_and_of_one_network_alone(durable_backend: StoreBackend) -> None:
    state = replace(
        BEGUN, rows=7, rejected=2, begins_early=True, last_op=99, last_at=NOON, whole_to=Ledger(12), whole_at=NOON
    )
    place = durable_backend.new_place()
    async with durable_backend.at(place) as stores:
        await stores.imports.begin(BEGUN, 10)
        await finished(stores, replace(state, done=True))
    async with durable_backend.at(place) as stores:
        assert await stores.imports.state_of(SANDBOX) == replace(state, done=True)
        assert await stores.imports.state_of(PUBLIC) is None
