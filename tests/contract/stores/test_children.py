"""Children by keyset: pages neither skip nor repeat, counts agree with them, a scan meets every fact."""

from hypothesis import given, settings
from hypothesis import strategies as st

from stellarmap_common.domain.creation import Creation, CreationKind, Source
from stellarmap_common.domain.toid import Toid, provisional_toid, toid
from stellarmap_common.ports.creation_store import ChildKey, ChildRange, CreationStore
from stellarmap_common.ports.stores import Stores
from tests.support.stores import (
    PUBLIC,
    SANDBOX,
    StoreBackend,
    account,
    address,
    creation,
    end,
    figures_now,
    provisional,
)

HUB = account("hub")
# Some in the same operation (one contract call), some provisional, some many ledgers (and buckets of counts) apart.
OPERATIONS = [
    Toid(op)
    for ledger in (1, 2, 3, 262_143, 262_144, 600_000, 60_000_000)
    for op in (provisional_toid(ledger), toid(ledger, 1, 1), toid(ledger, 1, 2), toid(ledger, 9, 1))
]
NAMES = [f"child {number}" for number in range(6)]


def made(child: str, op: Toid) -> Creation:
    return Creation(
        network=SANDBOX,
        account=address(child),
        created_op=op,
        creator=HUB.address,
        kind=CreationKind.CONTRACT_TRANSFER,
        source=Source.HORIZON,
    )


children = st.lists(
    st.builds(made, st.sampled_from(NAMES), st.sampled_from(OPERATIONS)),
    max_size=40,
    unique_by=lambda child: (child.created_op, child.account),
).map(lambda some: [one for one in some if one.exact or not any(other.replaces(one) for other in some)])
keys = st.builds(ChildKey, st.sampled_from(OPERATIONS), st.sampled_from(NAMES).map(address))
ranges = st.builds(
    ChildRange,
    after=st.none() | keys,
    since=st.none() | st.sampled_from(OPERATIONS),
    up_to=st.none() | st.sampled_from(OPERATIONS),
)


def key_of(child: Creation) -> ChildKey:
    return ChildKey(child.created_op, child.account)


def expected(some: list[Creation], within: ChildRange) -> list[Creation]:
    """What a range means, in the plainest words."""
    return sorted(
        (
            child
            for child in some
            if (within.after is None or key_of(child) > within.after)
            and (within.since is None or child.created_op >= within.since)
            and (within.up_to is None or child.created_op <= within.up_to)
        ),
        key=key_of,
    )


@settings(max_examples=60)
@given(children, st.lists(ranges, max_size=12), st.integers(1, 7))
async def test_pages_neither_skip_nor_repeat_and_counts_agree(
    backend: StoreBackend, some: list[Creation], asked: list[ChildRange], limit: int
) -> None:
    async with backend.at(backend.new_place()) as stores:
        store = stores.creations
        await store.record(some)
        for within in [ChildRange(), *asked]:
            assert await pages(store, within, limit) == expected(some, within)
            assert await store.count_children(HUB, within) == len(expected(some, within))


async def pages(store: CreationStore, within: ChildRange, limit: int) -> list[Creation]:
    """All of a range, read page by page."""
    found: list[Creation] = []
    while page := await store.children_of(HUB, within, limit):
        assert len(page) <= limit
        found += page
        within = ChildRange(after=key_of(page[-1]), since=within.since, up_to=within.up_to)
    return found


async def test_a_child_recorded_while_pages_are_read_disturbs_none_of_them(stores: Stores) -> None:
    store = stores.creations
    await store.record([creation(number, "hub", number) for number in range(10, 20)])
    first = await store.children_of(HUB, ChildRange(), 5)
    await store.record([creation("early", "hub", 2), creation("late", "hub", 99)])
    rest = await pages(store, ChildRange(after=key_of(first[-1])), 2)
    assert [child.ledger for child in (*first, *rest)] == [*range(10, 20), 99]


async def test_children_with_most_children_come_first_and_equals_in_operation_order(stores: Stores) -> None:
    store = stores.creations
    parents = [creation(name, "hub", ledger) for name, ledger in [("c", 5), ("b", 4), ("a", 3), ("lonely", 2)]]
    await store.record(parents)
    await store.record([creation(f"of c {number}", "c", 10 + number) for number in range(3)])
    await store.record([creation("of a", "a", 20), creation("of b", "b", 21)])
    known = await store.children_with_children(HUB, 9)
    assert known == ((parents[0], 3), (parents[2], 1), (parents[1], 1))
    assert await store.children_with_children(HUB, 2) == known[:2]


async def test_a_scan_meets_every_fact_of_its_network_once_in_operation_order(stores: Stores) -> None:
    store = stores.creations
    facts = [creation(f"{number}", "hub", number % 700 + 1, number // 700 + 1) for number in range(5_000)]
    facts += [provisional("heard", "hub", 701)]
    ends = [end(f"{number}", "hub", 900, number + 1) for number in range(3_000)]
    await store.record(facts, ends)
    await store.record([creation("elsewhere", "hub", 5, network=PUBLIC)], [end("0", "1", 5, network=PUBLIC)])
    scanned = [chunk async for chunk in store.scan(SANDBOX)]
    assert [fact for creations, _ in scanned for fact in creations] == sorted(facts, key=lambda fact: fact.created_op)
    assert [fact for _, chunk in scanned for fact in chunk] == ends
    assert max(len(creations) + len(some_ends) for creations, some_ends in scanned) <= 10_000


async def test_an_import_into_an_empty_store_ends_as_page_by_page(backend: StoreBackend) -> None:
    facts = [creation(f"{n}", f"{n // 40}", n % 900 + 2, n // 900 + 1) for n in range(1, 21_000)]
    facts += [provisional("1", "0", 3), provisional("heard", "0", 3), creation("7", "0", 9)]
    facts += [creation("1", "0", 3, source=Source.BIGQUERY, starting_balance_stroops=1)]
    pages = [facts[start : start + 9_000] for start in range(0, len(facts), 9_000)]
    states = []
    for parts in ([facts, facts[:20_000]], pages):
        async with backend.at(backend.new_place()) as stores:
            await stores.creations.record([creation("earlier", "0", 1, network=PUBLIC)] if parts is pages else [])
            for part in parts:
                await stores.creations.record(part)
            states.append(
                (
                    [chunk async for chunk in stores.creations.scan(SANDBOX)],
                    [await stores.creations.count_children(account(f"{n}"), ChildRange()) for n in range(0, 525, 7)],
                    await stores.creations.children_with_children(account("0"), 99),
                    (await figures_now(stores, SANDBOX)).creations,
                    await stores.creations.children_of(account("0"), ChildRange(), 99),
                )
            )
    assert states[0] == states[1]
    assert states[0][3] == len(facts) - 3, "what is told twice counts once"
