"""The book of a tracker: one owner writes it, in one order, and whoever wakes late changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import TypeVar

import pytest

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import (
    ChangeReason,
    ChangeType,
    Closing,
    Coverage,
    HeldBalance,
    JournalRow,
    Movement,
    Standing,
    StandingStep,
)
from stellarmap_common.ports.standing_store import Recorded, TakeOver, TrackerStore
from stellarmap_common.ports.stores import Stores
from tests.support.journal_rows import MINUTE, changed, held, journal_row, moved, owned, standing
from tests.support.stores import NOON, PUBLIC, SANDBOX, StoreBackend, account, address

T = TypeVar("T")


@pytest.fixture
def tracker(stores: Stores) -> TrackerStore:
    return stores.tracker


async def all_in(portions: AsyncIterator[Sequence[T]]) -> list[T]:
    return [one async for portion in portions for one in portion]


async def balances(tracker: TrackerStore) -> dict[Address, HeldBalance]:
    found = await all_in(tracker.balances(SANDBOX))
    assert len({one.account for one in found}) == len(found)
    return {one.account: one for one in found}


async def recorded(tracker: TrackerStore) -> dict[tuple[Address, int], Standing]:
    found = await all_in(tracker.recorded(SANDBOX))
    assert len({(one.account, one.threshold_xlm) for one in found}) == len(found)
    return {(one.account, one.threshold_xlm): one.standing for one in found}


async def test_each_owner_has_an_epoch_of_its_own_and_the_newest_row(tracker: TrackerStore) -> None:
    assert await tracker.take_over(SANDBOX) == TakeOver(epoch=1, last=None)
    assert await tracker.take_over(SANDBOX) == TakeOver(epoch=2, last=None)
    first, second = journal_row(1, moved("A", 1), epoch=2), journal_row(2, moved("A", 2), epoch=2)
    assert await tracker.append(first)
    assert await tracker.take_over(SANDBOX) == TakeOver(epoch=3, last=first, applied=False)
    second = replace(second, epoch=3)
    await tracker.mark_applied(first)
    assert await tracker.append(second)
    assert await tracker.take_over(SANDBOX) == TakeOver(epoch=4, last=second, applied=False)
    await tracker.mark_applied(second)
    assert await tracker.take_over(SANDBOX) == TakeOver(epoch=5, last=second, applied=True)
    assert await tracker.take_over(PUBLIC) == TakeOver(epoch=1, last=None)


async def test_the_mark_of_an_older_row_takes_nothing_back(tracker: TrackerStore) -> None:
    first, second = journal_row(1), journal_row(2)
    await owned(tracker, first, second)
    await tracker.mark_applied(first)
    assert (await tracker.take_over(SANDBOX)).applied
    third = journal_row(3, epoch=2)
    assert await tracker.append(third)
    for late in (first, second):
        await tracker.mark_applied(late)
    assert await tracker.take_over(SANDBOX) == TakeOver(epoch=3, last=third, applied=False)


async def test_every_value_of_a_row_comes_back_to_the_next_owner(tracker: TrackerStore) -> None:
    before = held("A", 5, created_op=7, home_domain="before.example")
    row = journal_row(
        1,
        Movement(before=before, after=before._replace(balance_stroops=0, home_domain=None), cause="c", discovered=True),
        moved("B", 2**39),
        changed(
            "A",
            ChangeType.RANK_DOWN,
            reason=ChangeReason.THRESHOLD_CHANGED,
            steps=(
                StandingStep(threshold_xlm=10_000, before=standing(3, 8)),
                StandingStep(threshold_xlm=50_000, before=None),
            ),
            home_domain="after.example",
        ),
        changed("B", ChangeType.EXITED),
        thresholds_xlm=(3, 77),
        coverage=Coverage(ledger=8),
        closings=(
            Closing(day=date(2026, 2, 28), account=address("A"), standing=standing(1, 9)),
            Closing(day=date(2026, 2, 28), account=address("B"), standing=None),
        ),
    )
    await tracker.take_over(SANDBOX)
    assert await tracker.append(row)
    assert (await tracker.take_over(SANDBOX)).last == row


async def test_only_the_next_row_of_the_owner_is_written(tracker: TrackerStore) -> None:
    assert not await tracker.append(journal_row(1)), "nobody owns it"
    await tracker.take_over(SANDBOX)
    assert not await tracker.append(journal_row(2))
    assert not await tracker.append(journal_row(1, epoch=2))
    assert not await tracker.append(journal_row(0))
    assert await tracker.append(journal_row(1))
    assert not await tracker.append(journal_row(3))
    assert await tracker.append(journal_row(2))
    assert (await tracker.take_over(SANDBOX)).last == journal_row(2)


async def test_a_row_may_be_appended_again_and_no_other_in_its_place(tracker: TrackerStore) -> None:
    await tracker.take_over(SANDBOX)
    row = journal_row(1, moved("A", 20_000))
    for _ in range(2):
        assert await tracker.append(row)
    assert not await tracker.append(journal_row(1, moved("A", 30_000)))
    assert (await tracker.take_over(SANDBOX)).last == row
    assert await tracker.append(row), "it stands, whoever owns the book by now"
    assert not await tracker.append(journal_row(1, moved("A", 20_000), epoch=2))


async def test_an_owner_that_wakes_late_writes_no_row(tracker: TrackerStore) -> None:
    await tracker.take_over(SANDBOX)
    assert await tracker.append(journal_row(1))
    await tracker.take_over(SANDBOX)
    assert not await tracker.append(journal_row(2, moved("A", 1)))
    assert await tracker.append(journal_row(2, epoch=2))
    assert not await tracker.append(journal_row(3, moved("A", 1)))
    assert (await tracker.take_over(SANDBOX)).last == journal_row(2, epoch=2)


async def test_the_journal_goes_on_for_long_and_keeps_the_newest_row(tracker: TrackerStore) -> None:
    rows = [journal_row(number, moved("A", number)) for number in range(1, 41)]
    await owned(tracker, *rows)
    assert await tracker.append(rows[-1])
    assert not await tracker.append(rows[0]), "long gone: nobody asks for it any more"
    assert await tracker.take_over(SANDBOX) == TakeOver(epoch=2, last=rows[-1])


async def test_of_two_who_append_at_once_one_is_first(durable_backend: StoreBackend) -> None:
    place = durable_backend.new_place()
    async with durable_backend.at(place) as one, durable_backend.at(place) as other:
        for number in range(1, 6):
            epochs = await asyncio.gather(*(side.tracker.take_over(SANDBOX) for side in (one, other)))
            assert len({taken.epoch for taken in epochs}) == 2
            rows = [journal_row(number, moved(side, 1), epoch=taken.epoch) for side, taken in enumerate(epochs)]
            written = await asyncio.gather(
                *(side.tracker.append(row) for side, row in zip((one, other), rows, strict=True))
            )
            latest = max(rows, key=lambda row: row.epoch)
            assert written == [row is latest for row in rows]
            assert (await one.tracker.take_over(SANDBOX)).last == latest


async def test_of_ten_who_take_over_at_once_each_has_another_epoch(tracker: TrackerStore) -> None:
    taken = await asyncio.gather(*(tracker.take_over(SANDBOX) for _ in range(10)))
    assert sorted(each.epoch for each in taken) == list(range(1, 11))


async def test_balances_are_those_of_the_latest_row_whatever_they_are(tracker: TrackerStore) -> None:
    assert await balances(tracker) == {}
    poor = moved("poor", 1)
    await owned(
        tracker,
        journal_row(1, moved("A", 20_000), poor, moved("B", 10)),
        journal_row(2, moved("A", 5, ledger=101), moved("B", 30_000, ledger=101), moved("B", 0, ledger=102)),
    )
    assert await balances(tracker) == {
        address("poor"): poor.after,
        address("A"): held("A", 5, 101),
        address("B"): held("B", 0, 102),
    }


async def test_every_value_of_a_balance_is_kept(tracker: TrackerStore) -> None:
    full = held("A", 1, created_op=2**62, home_domain="a.example", at=NOON + timedelta(microseconds=1), version=11)
    largest = held("B", 0, balance_stroops=2**63 - 1)
    await owned(tracker, *(journal_row(n, moved("?", 1, after=one)) for n, one in enumerate((full, largest), 1)))
    assert await balances(tracker) == {full.account: full, largest.account: largest}


STEPS_OF_A = (
    journal_row(1, moved("A", 20_000, ledger=101), changed("A", cause="1")),
    journal_row(2, moved("A", 5_000, 20_000, ledger=102), changed("A", ChangeType.EXITED, cause="2")),
    journal_row(3, moved("A", 60_000, ledger=103), changed("A", after=standing(4, 60_000), cause="3")),
    journal_row(4, moved("A", 7_000, 60_000, ledger=104), changed("A", ChangeType.EXITED, cause="4")),
)


@pytest.mark.parametrize("rows", range(1, 5))
async def test_rows_applied_in_any_order_and_again_leave_what_the_newest_says(backend: StoreBackend, rows: int) -> None:
    """An account that entered, left and entered again stands as it was last told, and only then."""
    for order in permutations(STEPS_OF_A[:rows]):
        async with backend.at(backend.new_place()) as stores:
            for row in (*order, order[0]):
                await stores.tracker.apply(row)
            newest = STEPS_OF_A[rows - 1]
            assert await balances(stores.tracker) == {address("A"): newest.movements[0].after}
            after = newest.changes[0].after
            assert await recorded(stores.tracker) == ({} if after is None else {(address("A"), 10_000): after})
            moves = await all_in(stores.tracker.movements(SANDBOX, NOON))
            assert moves == [row.movements[0] for row in STEPS_OF_A[:rows]]


async def test_recorded_standings_are_those_after_the_last_change_at_each_threshold(tracker: TrackerStore) -> None:
    both = tuple(StandingStep(threshold_xlm=each, before=None) for each in (10_000, 50_000))
    await owned(
        tracker,
        journal_row(1, changed("A", steps=both, after=standing(1, 70_000)), changed("B")),
        journal_row(
            2,
            changed("A", ChangeType.EXITED, steps=both[1:]),
            changed("A", ChangeType.RANK_DOWN, after=standing(9, 40_000)),
            changed("B", ChangeType.EXITED, cause="first"),
            changed("B", after=standing(3, 11_000), cause="second"),
            changed("C", cause="first"),
            changed("C", ChangeType.EXITED, cause="second"),
        ),
    )
    assert await recorded(tracker) == {
        (address("A"), 10_000): standing(9, 40_000),
        (address("B"), 10_000): standing(3, 11_000),
    }
    assert await all_in(tracker.recorded(PUBLIC)) == []


async def test_movements_come_back_oldest_first_whatever_the_balances_are(tracker: TrackerStore) -> None:
    kept = (
        moved("A", 10_000),
        moved("B", 9_999, 10_000),
        moved("A", 40_000, 10_000, discovered=True),
        moved("poor", 0, 1),
        moved("low", 5_001, 1),
    )
    await owned(
        tracker,
        journal_row(1, *kept[:2]),
        journal_row(2),
        journal_row(3, *kept[2:4]),
        journal_row(4, kept[4], thresholds_xlm=(5_000, 10_000)),
    )
    for _ in range(2):
        assert await all_in(tracker.movements(SANDBOX, NOON)) == list(kept)
        await tracker.apply(journal_row(3, kept[2], kept[3]))
    assert await all_in(tracker.movements(SANDBOX, NOON + 3 * MINUTE)) == list(kept[2:])
    assert await all_in(tracker.movements(SANDBOX, NOON + 3 * MINUTE + timedelta(microseconds=1))) == [kept[4]]
    assert await all_in(tracker.movements(PUBLIC, NOON)) == []


async def test_movements_of_many_hours_come_back_in_the_order_of_their_rows(tracker: TrackerStore) -> None:
    rows = [
        journal_row(number, moved(number, 20_000), at=NOON + (number - number % 3) * timedelta(minutes=25))
        for number in range(1, 60)
    ]
    await owned(tracker, *rows)
    assert await all_in(tracker.movements(SANDBOX, NOON)) == [row.movements[0] for row in rows]
    since = rows[33].at
    assert await all_in(tracker.movements(SANDBOX, since)) == [row.movements[0] for row in rows if row.at >= since]


async def test_more_than_a_portion_comes_back_whole(tracker: TrackerStore) -> None:
    count = 6_001
    moves = tuple(moved(number, 20_000) for number in range(count))
    changes = tuple(changed(number) for number in range(count))
    rows = (journal_row(1, *moves[:5_500], *changes), journal_row(2, *moves[5_500:]))
    await owned(tracker, *rows)
    assert await balances(tracker) == {one.after.account: one.after for one in moves}
    assert len(await recorded(tracker)) == count
    assert await all_in(tracker.movements(SANDBOX, NOON)) == list(moves)
    assert all([portion async for portion in tracker.balances(SANDBOX)]), "no portion is empty"


async def test_networks_have_books_of_their_own(tracker: TrackerStore) -> None:
    other = replace(changed("A"), account=account("A", PUBLIC), after=standing(7, 12_000))
    rows: tuple[JournalRow, ...] = (
        journal_row(1, moved("A", 20_000), changed("A")),
        journal_row(1, moved("A", 12_000), other, network=PUBLIC),
    )
    await owned(tracker, *rows)
    assert await balances(tracker) == {address("A"): held("A", 20_000)}
    assert await all_in(tracker.balances(PUBLIC)) == [held("A", 12_000)]
    assert await recorded(tracker) == {(address("A"), 10_000): standing(10, 20_000)}
    assert await all_in(tracker.recorded(PUBLIC)) == [
        Recorded(account=address("A"), threshold_xlm=10_000, standing=standing(7, 12_000))
    ]
    assert await all_in(tracker.movements(PUBLIC, NOON)) == [moved("A", 12_000)]
    assert (await tracker.take_over(PUBLIC)).last == rows[1]
    assert (await tracker.take_over(SANDBOX)).last == rows[0]
