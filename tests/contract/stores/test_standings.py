"""What is read of the trackers' books: the board, balances, changes and closings."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest

from stellarmap_common.domain.amounts import STROOPS_PER_XLM
from stellarmap_common.domain.standing import ChangeType, Closing, HeldBalance, StandingChange, StandingStep, seen_at
from stellarmap_common.ports.standing_store import ChangeQuery, StandingStore, TrackerStore
from stellarmap_common.ports.stores import Stores
from tests.support.journal_rows import MINUTE, board, board_row, changed, held, journal_row, moved, owned, standing
from tests.support.stores import NOON, PUBLIC, SANDBOX, StoreBackend, account, address

DAY = timedelta(days=1)
TODAY = date(2026, 11, 1)
LOWEST = ChangeQuery(threshold_xlm=10_000)


@pytest.fixture
def tracker(stores: Stores) -> TrackerStore:
    return stores.tracker


@pytest.fixture
def standings(stores: Stores) -> StandingStore:
    return stores.standings


def newest_first(*changes: StandingChange) -> tuple[StandingChange, ...]:
    return tuple(sorted(changes, key=lambda change: (change.at, change.id), reverse=True))


def closing(name: object, days: int, rank: int | None = 1) -> Closing:
    """Of so many days after the first of November."""
    place = None if rank is None else standing(rank, 20_000)
    return Closing(day=TODAY + days * DAY, account=address(name), standing=place)


async def test_the_board_is_read_as_it_was_published(tracker: TrackerStore, standings: StandingStore) -> None:
    assert await standings.board_of(SANDBOX) is None
    empty, full = board(1), board(2, *range(230_000, 0, -1_000))
    for each in (empty, full):
        await tracker.publish(each)
        assert await standings.board_of(SANDBOX) == each
    assert await standings.board_of(PUBLIC) is None


async def test_every_board_is_read_whole_whatever_of_it_changed(
    tracker: TrackerStore, standings: StandingStore
) -> None:
    rows = board(1, *range(230_000, 0, -1_000)).rows
    last = replace(board_row(230, 5), home_domain="other.example")
    for number, shown in enumerate((rows, rows[:229], (*rows[:229], last), rows[:20], (), rows), 1):
        now = replace(board(number), rows=shown)
        await tracker.publish(now)
        assert await standings.board_of(SANDBOX) == now


async def test_an_older_board_is_not_read_any_more(backend: StoreBackend) -> None:
    """Numbers decide, and times where they are equal: whoever publishes late changes nothing, not even a part."""
    boards = (
        board(1, *range(130_000, 0, -1_000)),
        board(2, *range(130_001, 0, -1_000), as_of=NOON - DAY),
        board(2, 40_000, 30_000, as_of=NOON),
    )
    for order in permutations(boards):
        async with backend.at(backend.new_place()) as stores:
            for index, each in enumerate(order):
                await stores.tracker.publish(each)
                newest = max(order[: index + 1], key=lambda one: (one.number, one.as_of))
                assert await stores.standings.board_of(SANDBOX) == newest
            for last in (board(3, 7), board(3, 8, 6), board(3, 8)):
                await stores.tracker.publish(last)
                assert await stores.standings.board_of(SANDBOX) == last, "of the same moment the latest is read"


async def test_an_owner_that_wakes_late_leaves_no_row_of_its_board(durable_backend: StoreBackend) -> None:
    place = durable_backend.new_place()
    rows = board(1, *range(230_000, 0, -1_000)).rows
    async with durable_backend.at(place) as late, durable_backend.at(place) as owner:
        await late.tracker.publish(replace(board(1), rows=rows))
        new = replace(board(5), rows=(rows[0], replace(rows[1], balance_stroops=7), *rows[2:]))
        await owner.tracker.publish(new)
        await late.tracker.publish(replace(board(3), rows=rows[100:]))
        for stores in (late, owner):
            assert await stores.standings.board_of(SANDBOX) == new
        await late.tracker.publish(replace(board(6), rows=rows))
        assert await owner.standings.board_of(SANDBOX) == replace(board(6), rows=rows)


async def test_networks_have_boards_of_their_own(tracker: TrackerStore, standings: StandingStore) -> None:
    ours, theirs = board(7, 30_000), board(2, 50_000, 40_000, network=PUBLIC)
    for each in (ours, theirs):
        await tracker.publish(each)
    assert (await standings.board_of(SANDBOX), await standings.board_of(PUBLIC)) == (ours, theirs)


async def test_balances_are_given_of_those_that_are_known(tracker: TrackerStore, standings: StandingStore) -> None:
    await owned(tracker, journal_row(1, moved("A", 5), moved("B", 70_000), moved("C", 3), moved("A", 0, ledger=101)))
    wanted = [address(name) for name in ("A", "nobody", "B", "A")]
    assert await standings.balances_of(SANDBOX, wanted) == {
        address("A"): held("A", 0, 101),
        address("B"): held("B", 70_000),
    }
    assert await standings.balances_of(SANDBOX, []) == {}
    assert await standings.balances_of(PUBLIC, wanted) == {}


async def test_balances_of_a_whole_board_are_given_at_once(tracker: TrackerStore, standings: StandingStore) -> None:
    await owned(tracker, journal_row(1, *(moved(number, number) for number in range(1_200))))
    wanted = [address(number) for number in range(100, 1_100)]
    assert await standings.balances_of(SANDBOX, wanted) == {
        address(number): held(number, number) for number in range(100, 1_100)
    }


STEPS = tuple(StandingStep(threshold_xlm=each, before=standing(30, each)) for each in (10_000, 50_000))
HISTORY = (
    changed("A", home_domain="a.example"),
    changed("A", ChangeType.RANK_UP, at=NOON + MINUTE, steps=STEPS, after=standing(9, 90_000)),
    changed("A", ChangeType.RANK_DOWN, at=NOON + 2 * MINUTE, steps=STEPS[1:]),
    changed("A", ChangeType.EXITED, at=NOON + 40 * DAY),
)
OTHERS = tuple(
    changed(name, type_, at=NOON + days * DAY)
    for name, type_, days in (
        ("B", ChangeType.RANK_UP, 0),
        ("C", ChangeType.RANK_UP, 1),
        ("D", ChangeType.EXITED, 1),
        ("E", ChangeType.ENTERED, -400),
    )
)


async def told(tracker: TrackerStore) -> None:
    """Afterwards the history of A and others is in the store, told twice."""
    rows = (journal_row(1, *HISTORY, *OTHERS[:2]), journal_row(2, *OTHERS[2:]))
    await owned(tracker, *rows)
    await tracker.apply(rows[0])


async def test_changes_of_an_account_come_newest_first_each_once(
    tracker: TrackerStore, standings: StandingStore
) -> None:
    await told(tracker)
    assert await standings.changes_of(account("A"), ChangeQuery()) == newest_first(*HISTORY)
    assert await standings.changes_of(account("B"), ChangeQuery()) == OTHERS[:1]
    assert await standings.changes_of(account("nobody"), ChangeQuery()) == ()
    assert await standings.changes_of(account("A", PUBLIC), ChangeQuery()) == ()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (ChangeQuery(limit=2), HISTORY[:1:-1]),
        (ChangeQuery(types=frozenset({ChangeType.ENTERED, ChangeType.EXITED})), (HISTORY[3], HISTORY[0])),
        (ChangeQuery(types=frozenset({ChangeType.BALANCE_INCREASE})), ()),
        (ChangeQuery(since=NOON + MINUTE), HISTORY[:0:-1]),
        (ChangeQuery(since=NOON + 41 * DAY), ()),
        (ChangeQuery(before=(HISTORY[3].at, HISTORY[3].id)), HISTORY[2::-1]),
        (ChangeQuery(before=(HISTORY[2].at, HISTORY[2].id), types=frozenset({ChangeType.ENTERED})), HISTORY[:1]),
        (ChangeQuery(before=(HISTORY[2].at, HISTORY[2].id), since=NOON + MINUTE), HISTORY[1:2]),
        (ChangeQuery(threshold_xlm=50_000), (HISTORY[2], seen_at(HISTORY[1], 50_000))),
        (ChangeQuery(threshold_xlm=50_000, limit=1), HISTORY[2:3]),
        (ChangeQuery(threshold_xlm=77), ()),
    ],
)
async def test_changes_of_an_account_are_those_that_are_asked_for(
    tracker: TrackerStore, standings: StandingStore, query: ChangeQuery, found: tuple[StandingChange, ...]
) -> None:
    await told(tracker)
    assert await standings.changes_of(account("A"), query) == found


ALL_LOWEST = newest_first(
    HISTORY[0],
    replace(HISTORY[1], steps=STEPS[:1]),
    HISTORY[3],
    *OTHERS,
)


def only(*types: ChangeType) -> tuple[StandingChange, ...]:
    return tuple(change for change in ALL_LOWEST if change.type in types)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (LOWEST, ALL_LOWEST),
        (replace(LOWEST, limit=3), ALL_LOWEST[:3]),
        (replace(LOWEST, types=frozenset({ChangeType.ENTERED})), only(ChangeType.ENTERED)),
        (
            replace(LOWEST, types=frozenset({ChangeType.EXITED, ChangeType.RANK_UP}), limit=3),
            only(ChangeType.EXITED, ChangeType.RANK_UP)[:3],
        ),
        (replace(LOWEST, since=NOON + MINUTE), tuple(one for one in ALL_LOWEST if one.at > NOON)),
        (replace(LOWEST, since=NOON + 41 * DAY), ()),
        (replace(LOWEST, before=(ALL_LOWEST[1].at, ALL_LOWEST[1].id)), ALL_LOWEST[2:]),
        (replace(LOWEST, before=(ALL_LOWEST[1].at, ALL_LOWEST[1].id), limit=2), ALL_LOWEST[2:4]),
        (ChangeQuery(threshold_xlm=50_000), (HISTORY[2], replace(HISTORY[1], steps=STEPS[1:]))),
        (ChangeQuery(threshold_xlm=77), ()),
    ],
)
async def test_changes_of_a_network_are_those_at_one_threshold_newest_first(
    tracker: TrackerStore, standings: StandingStore, query: ChangeQuery, found: tuple[StandingChange, ...]
) -> None:
    await told(tracker)
    assert await standings.changes(SANDBOX, query) == found
    assert await standings.changes(PUBLIC, query) == ()


async def test_changes_of_a_network_are_not_listed_without_a_threshold(standings: StandingStore) -> None:
    with pytest.raises(ValueError, match="threshold"):
        await standings.changes(SANDBOX, ChangeQuery())


@pytest.mark.parametrize("limit", [1, 3, 4])
async def test_pages_meet_every_change_once_also_those_of_one_moment(
    tracker: TrackerStore, standings: StandingStore, limit: int
) -> None:
    together = [changed("A", cause=str(number), at=NOON) for number in range(5)]
    before = [changed("A", cause=str(number), at=NOON - number * DAY) for number in range(5, 9)]
    everything = newest_first(*together, *before)
    await owned(tracker, journal_row(1, *together, *before))
    for one_account in (True, False):
        query, paged = replace(LOWEST, limit=limit), list[StandingChange]()
        while page := (
            await standings.changes_of(account("A"), query) if one_account else await standings.changes(SANDBOX, query)
        ):
            paged += page
            query = replace(query, before=(page[-1].at, page[-1].id))
        assert paged == list(everything)


@pytest.mark.parametrize("limit", [1, 4, 7, 100])
async def test_pages_meet_every_balance_once(tracker: TrackerStore, standings: StandingStore, limit: int) -> None:
    names = [f"account {number}" for number in range(7)]
    await owned(
        tracker,
        journal_row(1, *(moved(name, number) for number, name in enumerate(names))),
        journal_row(2, moved(names[3], 30_000, 3, ledger=101)),
        journal_row(1, moved("of another network", 5), network=PUBLIC),
    )
    found, place = list[HeldBalance](), ""
    while True:
        page, place = await standings.balances_after(SANDBOX, place, limit)
        assert len(page) <= limit
        found += page
        if not place:
            break
    xlm = {address(name): number for number, name in enumerate(names)} | {address(names[3]): 30_000}
    assert len(found) == len(names)
    assert {each.account: each.balance_stroops for each in found} == {
        account: each * STROOPS_PER_XLM for account, each in xlm.items()
    }


CLOSINGS = (
    closing("A", 0, 9),
    closing("A", 3, 7),
    closing("A", 10, None),
    closing("A", 12, 8),
    closing("B", 3, 2),
)


async def closed(tracker: TrackerStore) -> None:
    """Afterwards these closings are in the store, told twice."""
    rows = [journal_row(1, closings=CLOSINGS[:2]), journal_row(2, closings=CLOSINGS[2:])]
    await owned(tracker, *rows)
    await tracker.apply(rows[0])


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (-5, CLOSINGS[:4]),
        (0, CLOSINGS[:4]),
        (1, CLOSINGS[:4]),
        (3, CLOSINGS[:4]),
        (4, CLOSINGS[1:4]),
        (30, CLOSINGS[3:4]),
    ],
)
async def test_closings_of_an_account_begin_with_the_one_that_held_before(
    tracker: TrackerStore, standings: StandingStore, days: int, found: tuple[Closing, ...]
) -> None:
    await closed(tracker)
    assert await standings.closings_of(account("A"), TODAY + days * DAY) == found
    assert await standings.closings_of(account("nobody"), TODAY) == ()
    assert await standings.closings_of(account("A", PUBLIC), TODAY) == ()


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (-1, ()),
        (0, CLOSINGS[:1]),
        (2, CLOSINGS[:1]),
        (3, (CLOSINGS[1], CLOSINGS[4])),
        (11, (CLOSINGS[2], CLOSINGS[4])),
        (34, (CLOSINGS[3], CLOSINGS[4])),
        (35, CLOSINGS[3:4]),
        (44, ()),
    ],
)
async def test_closings_on_a_day_are_the_last_ones_until_then(
    tracker: TrackerStore, standings: StandingStore, days: int, found: tuple[Closing, ...]
) -> None:
    await closed(tracker)
    wanted = [address(name) for name in ("A", "B", "nobody")]
    expected = {one.account: one for one in found}
    assert await standings.closings_on(SANDBOX, TODAY + days * DAY, wanted) == expected
    assert await standings.closings_on(PUBLIC, TODAY + days * DAY, wanted) == {}
    assert await standings.closings_on(SANDBOX, TODAY + days * DAY, []) == {}


async def test_of_two_closings_of_one_day_that_of_the_newer_row_holds(backend: StoreBackend) -> None:
    rows = [journal_row(number, closings=(closing("A", 0, rank),)) for number, rank in ((1, 5), (2, None), (3, 4))]
    for count in (2, 3):
        for order in permutations(rows[:count]):
            async with backend.at(backend.new_place()) as stores:
                for row in (*order, order[0]):
                    await stores.tracker.apply(row)
                newest = rows[count - 1].closings
                assert await stores.standings.closings_of(account("A"), TODAY) == newest
                found = await stores.standings.closings_on(SANDBOX, TODAY, [address("A")])
                assert found == {address("A"): newest[0]}
