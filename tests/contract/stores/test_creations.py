"""Facts: recorded in any order or twice, they give one state; read back, they are what was recorded."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stellarmap_common.domain.creation import (
    AccountEnd,
    Creation,
    CreationKind,
    Incarnation,
    Source,
    UnplacedCreation,
    genesis_creation,
)
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.strkey import StrkeyKind, encode_strkey
from stellarmap_common.ports.creation_store import ChildRange, CreationStore
from stellarmap_common.ports.stores import Stores
from tests.support.stores import (
    PUBLIC,
    SANDBOX,
    StoreBackend,
    account,
    address,
    creation,
    end,
    provisional,
    unplaced,
)

NAMES = "ABCDE"
ALL = ChildRange()
CONTRACT = Address(encode_strkey(StrkeyKind.CONTRACT, bytes(32)))


@pytest.fixture
def store(stores: Stores) -> CreationStore:
    return stores.creations


@dataclass(frozen=True)
class State:
    """All that the store answers about a few accounts."""

    creations: tuple[Creation, ...]
    ends: tuple[AccountEnd, ...]
    unplaced: tuple[UnplacedCreation, ...]
    children: tuple[Creation, ...]
    counts: tuple[int, ...]
    with_children: tuple[tuple[Creation, int], ...]


async def state_of(store: CreationStore, names: Sequence[str] = NAMES) -> State:
    refs = [account(name) for name in names]
    return State(
        creations=tuple([one for ref in refs for one in await store.creations_of(ref)]),
        ends=tuple([one for ref in refs for one in await store.ends_of(ref)]),
        unplaced=tuple([one for ref in refs for one in await store.unplaced_of(ref)]),
        children=tuple([one for ref in refs for one in await store.children_of(ref, ALL, 1_000)]),
        counts=tuple([await store.count_children(ref, ALL) for ref in refs]),
        with_children=tuple([one for ref in refs for one in await store.children_with_children(ref, 1_000)]),
    )


async def test_every_value_of_a_fact_is_kept(store: CreationStore) -> None:
    facts = [
        creation("B", "A", 7, sponsor=address("S"), transaction_source=address("T"), starting_balance_stroops=10**18),
        creation("C", "A", 8, sponsor=None, transaction_source=None, transaction_hash=None, created_at=None),
        replace(creation("D", "A", 9), creator=CONTRACT, kind=CreationKind.CONTRACT_TRANSFER),
        genesis_creation(account("A")),
        provisional("E", "A", 10, source=Source.EXPERT),
    ]
    ends = [replace(end("B", "C", 11), amount_stroops=10**18), replace(end("C", "D", 12), ended_at=None)]
    await store.record(facts, ends, [unplaced("F", "A")])
    for fact in facts:
        assert await store.creations_of(fact.ref) == (fact,)
    assert [await store.ends_of(account(name)) for name in "BC"] == [(ends[0],), (ends[1],)]
    assert await store.unplaced_of(account("F")) == (unplaced("F", "A"),)
    assert [child.account for child in await store.children_of(account("A"), ALL, 9)] == [*map(address, "BCE")]
    assert await store.children_of(AccountRef(SANDBOX, CONTRACT), ALL, 9) == (facts[2],)


async def test_of_an_account_never_heard_of_nothing_is_known(store: CreationStore) -> None:
    assert await state_of(store) == State((), (), (), (), (0,) * len(NAMES), ())
    await store.record()
    assert await state_of(store) == State((), (), (), (), (0,) * len(NAMES), ())


async def test_recording_twice_changes_nothing(store: CreationStore) -> None:
    facts = [creation("B", "A", 2), creation("C", "B", 3), creation("B", "C", 5)], [end("B", "A", 4)]
    await store.record(*facts)
    before = await state_of(store)
    await store.record(*facts)
    assert await state_of(store) == before
    assert before.counts == (1, 1, 1, 0, 0)


async def test_lives_and_children_stand_in_operation_order(store: CreationStore) -> None:
    lives = [creation("B", "A", ledger, transaction) for ledger, transaction in [(9, 1), (2, 2), (2, 1), (300, 1)]]
    for life in lives:
        await store.record([life])
    ordered = tuple(sorted(lives, key=lambda life: life.created_op))
    assert await store.creations_of(account("B")) == ordered
    assert await store.children_of(account("A"), ALL, 9) == ordered


async def test_lives_and_merges_of_many_accounts_are_read_at_once_in_operation_order(store: CreationStore) -> None:
    made = [creation("B", "A", 9), creation("C", "A", 2), creation("C", "B", 30), creation("D", "A", 4)]
    merged = [end("C", "A", 20), end("B", "C", 10), end("D", "A", 5)]
    await store.record(made, merged)
    await store.record([creation("B", "A", 9, network=PUBLIC)])
    asked = [account("C"), account("B"), account("E"), account("C")]
    assert await store.creations_of(*asked) == (made[1], made[0], made[2])
    assert await store.ends_of(*asked) == (merged[1], merged[0])
    assert await store.creations_of() == ()
    assert await store.ends_of() == ()


async def test_a_child_of_many_lives_has_the_merge_that_closed_the_one_asked_for(store: CreationStore) -> None:
    children = [creation("B", "A", 2), creation("C", "A", 3), creation("B", "A", 9), creation("D", "A", 9, 2)]
    by_others = [creation("B", "C", 5), creation("E", "C", 2)]
    heard = provisional("F", "A", 11)
    merged = [end("B", "A", 4), end("B", "C", 7), end("D", "A", 20), end("E", "A", 3), end("F", "B", 12)]
    await store.record([*children, *by_others, heard], merged)
    await store.record([creation("C", "A", 3, network=PUBLIC)], [end("C", "A", 4, network=PUBLIC)])
    ended = dict(zip(children, (merged[0], None, None, merged[2]), strict=True)) | {heard: merged[4]}
    asked = [heard, *children[1:], children[0]]
    found = await store.lives_of_children(account("A"), asked)
    assert found == tuple(Incarnation(child, ended[child]) for child in asked)
    assert await store.lives_of_children(account("A"), asked[1:2]) == (Incarnation(children[1]),)
    assert await store.lives_of_children(account("C"), by_others[1:]) == (Incarnation(by_others[1], merged[3]),)
    assert await store.lives_of_children(account("A"), ()) == ()


@pytest.mark.parametrize("exact_first", [True, False])
async def test_an_exact_creation_replaces_the_provisional_one(store: CreationStore, *, exact_first: bool) -> None:
    exact, heard = creation("B", "A", 5, 3), provisional("B", "A", 5)
    for fact in (exact, heard) if exact_first else (heard, exact):
        await store.record([fact])
    assert (await state_of(store)).creations == (exact,)
    assert await store.count_children(account("A"), ALL) == 1


async def test_exact_and_provisional_of_one_page_leave_the_exact_one(store: CreationStore) -> None:
    await store.record([provisional("B", "A", 5), creation("B", "A", 5), provisional("C", "A", 5)])
    assert (await state_of(store)).children == (provisional("C", "A", 5), creation("B", "A", 5))


@pytest.mark.parametrize(
    "exact",
    [creation("B", "A", 6), creation("B", "C", 5), creation("C", "A", 5), creation("B", "A", 5, network=PUBLIC)],
)
async def test_a_provisional_creation_stays_beside_another_ledger_creator_account_or_network(
    store: CreationStore, exact: Creation
) -> None:
    await store.record([provisional("B", "A", 5)])
    await store.record([exact])
    assert provisional("B", "A", 5) in await store.creations_of(account("B"))
    assert exact in await store.creations_of(exact.ref)


async def test_genesis_is_exact_although_its_operation_is_not(store: CreationStore) -> None:
    genesis = genesis_creation(account("A"))
    await store.record([genesis, provisional("B", "A", 1)])
    await store.record([creation("A", "B", 1), creation("B", "A", 1)])
    assert genesis in await store.creations_of(account("A"))
    assert await store.creations_of(account("B")) == (creation("B", "A", 1),)


@pytest.mark.parametrize("better_first", [True, False])
async def test_of_two_readings_the_larger_version_stays(store: CreationStore, *, better_first: bool) -> None:
    horizon = creation("B", "A", 5, starting_balance_stroops=7)
    bigquery = replace(horizon, source=Source.BIGQUERY, creator=address("C"), starting_balance_stroops=6)
    for fact in (horizon, bigquery) if better_first else (bigquery, horizon):
        await store.record([fact, creation("D", "B", 9)])
    state = await state_of(store)
    assert horizon in state.creations
    assert bigquery not in state.creations
    assert state.counts == (1, 1, 0, 0, 0), "the creator that was wrong has no child"
    assert state.with_children == ((horizon, 1),)


async def test_of_equal_versions_the_first_stays(store: CreationStore) -> None:
    await store.record([creation("B", "A", 5)])
    await store.record([creation("B", "A", 5, starting_balance_stroops=1)])
    assert (await state_of(store)).creations == (creation("B", "A", 5),)


@pytest.mark.parametrize("exact_first", [True, False])
async def test_an_exact_end_replaces_the_provisional_one(store: CreationStore, *, exact_first: bool) -> None:
    exact, heard = end("B", "A", 5), end("B", "A", 5, transaction=0, source=Source.EXPERT)
    for fact in (exact, heard) if exact_first else (heard, exact):
        await store.record(ends=[fact])
    assert await store.ends_of(account("B")) == (exact,)


@pytest.mark.parametrize("better_first", [True, False])
async def test_of_two_readings_of_an_end_the_larger_version_stays(store: CreationStore, *, better_first: bool) -> None:
    horizon, bigquery = end("B", "A", 5), end("B", "A", 5, source=Source.BIGQUERY)
    for fact in (horizon, bigquery) if better_first else (bigquery, horizon):
        await store.record(ends=[fact])
    assert await store.ends_of(account("B")) == (horizon,)


@pytest.mark.parametrize("placed", [creation("B", "A", 5), provisional("B", "A", 5)])
@pytest.mark.parametrize("placed_first", [True, False])
async def test_an_unplaced_creation_goes_when_a_placed_one_is_known(
    store: CreationStore, placed: Creation, *, placed_first: bool
) -> None:
    others = [unplaced("B", "C"), unplaced("C", "A")]
    for is_placed in (placed_first, not placed_first):
        if is_placed:
            await store.record([placed])
        else:
            await store.record(unplaced=[unplaced("B", "A"), *others])
    assert (await state_of(store)).unplaced == tuple(others)


async def test_children_with_children_are_known_whoever_arrives_first(store: CreationStore) -> None:
    parents, grandchildren = [creation("B", "A", 2), creation("C", "A", 3)], [creation(n, "B", n) for n in range(5, 8)]
    await store.record(grandchildren)
    await store.record(parents)
    assert await store.children_with_children(account("A"), 9) == ((parents[0], 3),)
    await store.record([creation("x", "C", 9)])
    assert await store.children_with_children(account("A"), 9) == ((parents[0], 3), (parents[1], 1))
    await store.record([creation(n, "C", n) for n in range(10, 14)])
    assert await store.children_with_children(account("A"), 1) == ((parents[1], 5),)


async def test_a_child_made_twice_appears_twice_among_children_and_once_among_those_with_children(
    store: CreationStore,
) -> None:
    lives = creation("B", "A", 2), creation("B", "A", 9)
    await store.record([*lives, creation("C", "B", 5)])
    assert await store.children_of(account("A"), ALL, 9) == lives
    assert await store.children_with_children(account("A"), 9) == ((lives[1], 1),)


async def test_networks_never_mix(store: CreationStore) -> None:
    facts = {network: creation("B", "A", 5, network=network) for network in (SANDBOX, PUBLIC)}
    await store.record([facts[SANDBOX], creation("C", "B", 6)], [end("B", "A", 7)], [unplaced("D", "A")])
    there = account("B", PUBLIC)
    assert await store.creations_of(there) == ()
    assert await store.ends_of(there) == ()
    assert await store.unplaced_of(account("D", PUBLIC)) == ()
    assert await store.count_children(account("A", PUBLIC), ALL) == 0
    await store.record([facts[PUBLIC]])
    for network, fact in facts.items():
        assert await store.creations_of(account("B", network)) == (fact,)
        assert await store.children_of(account("A", network), ALL, 9) == (fact,)
    assert await store.children_with_children(account("A", PUBLIC), 9) == ()


async def test_a_page_of_several_networks_is_recorded_in_each(store: CreationStore) -> None:
    facts = [creation("B", "A", 5, network=network) for network in (SANDBOX, PUBLIC)]
    await store.record(facts, [end("C", "A", 5, network=network) for network in (PUBLIC, SANDBOX)])
    for fact in facts:
        assert await store.creations_of(fact.ref) == (fact,)
        assert len(await store.ends_of(account("C", fact.network))) == 1


def counted(state: State, creator: Address) -> int:
    """How many creations `creator` made, by the creations themselves."""
    return sum(fact.creator == creator for fact in state.creations)


readings = st.builds(
    # All of one source: two of one precision with different creators would be equal versions with different values.
    lambda child, creator, ledger, transaction: (
        creation(child, creator, ledger, transaction) if transaction else provisional(child, creator, ledger)
    ),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
    st.integers(1, 3),
    st.integers(0, 2),
).filter(lambda fact: fact.account != fact.creator)
merges = st.builds(end, st.sampled_from(NAMES), st.just("heir"), st.integers(1, 3), st.integers(0, 2))
rumours = st.builds(unplaced, st.sampled_from(NAMES), st.sampled_from(NAMES))


@settings(max_examples=50)
@given(
    st.lists(readings, max_size=12, unique_by=lambda fact: (fact.created_op, fact.account)),
    st.lists(merges, max_size=4),
    st.lists(rumours, max_size=4),
    st.randoms(use_true_random=False),
)
async def test_any_order_any_pages_and_any_repetition_give_the_same_state(
    backend: StoreBackend,
    creations: list[Creation],
    ends: list[AccountEnd],
    rumoured: list[UnplacedCreation],
    chance: random.Random,
) -> None:
    facts: list[Creation | AccountEnd | UnplacedCreation] = [*creations, *ends, *rumoured]
    again = facts + chance.sample(facts, len(facts) // 2)
    chance.shuffle(again)
    async with backend.at(backend.new_place()) as stores:
        await stores.creations.record(creations, ends, rumoured)
        at_once = await state_of(stores.creations)
    async with backend.at(backend.new_place()) as stores:
        while again:
            page = [again.pop() for _ in range(min(len(again), chance.randint(1, 4)))]
            await stores.creations.record(
                [fact for fact in page if isinstance(fact, Creation)],
                [fact for fact in page if isinstance(fact, AccountEnd)],
                [fact for fact in page if isinstance(fact, UnplacedCreation)],
            )
        assert await state_of(stores.creations) == at_once
    known = [(child.creator, -made, child.created_op, child.account) for child, made in at_once.with_children]
    assert known == sorted(known, key=lambda row: ([*map(address, NAMES)].index(row[0] or address("")), *row[1:]))
    assert at_once.counts == tuple(counted(at_once, address(name)) for name in NAMES)
    # In the order of creations: of a child made twice by one creator, the latest stays.
    latest = {(fact.creator, fact.account): fact for fact in at_once.creations}
    assert set(at_once.with_children) == {
        (fact, counted(at_once, fact.account)) for fact in latest.values() if counted(at_once, fact.account)
    }
