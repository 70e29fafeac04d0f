"""One owner, on a real store: what it reads again, what it forgets, and what it shows."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import chain, groupby

import pytest

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.standing import ChangeReason, ChangeType, Coverage, JournalRow, StandingChange, Yardstick
from stellarmap_common.events.standings import BalanceUpdated
from stellarmap_common.ports.standing_store import Board, ChangeQuery
from stellarmap_common.ports.stores import Stores
from stellarmap_hva_tracker import tracker
from stellarmap_hva_tracker.journal.owner import BookLost, Owner
from tests.support.standings_simulation import Topic
from tests.support.stores import PUBLIC, SANDBOX, SqliteInline, account, address
from tests.support.tracked import BEGAN, THRESHOLDS_XLM, SetClock, balance

DAY = timedelta(days=1)


@dataclass
class Place:
    """A store, a topic and a clock, and owners of its books."""

    stores: Stores
    topic: Topic = field(default_factory=Topic)
    clock: SetClock = field(default_factory=SetClock)

    def owner(self, *thresholds_xlm: int, network: NetworkKey = SANDBOX) -> Owner:
        yardstick = Yardstick(thresholds_xlm=thresholds_xlm or THRESHOLDS_XLM)
        return Owner(network, lambda: yardstick, self.stores.tracker, self.topic, self.clock)

    async def board(self, network: NetworkKey = SANDBOX) -> Board:
        board = await self.stores.standings.board_of(network)
        assert board
        return board

    def told(self) -> list[tuple[ChangeType, ChangeReason]]:
        return [(event.change, event.reason) for event in self.topic.told]


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    backend = SqliteInline()
    async with backend.at(backend.new_place()) as stores:
        yield Place(stores)


def many(count: int) -> list[BalanceUpdated]:
    """Accounts 1, 2, 3 …, each a little poorer than the one before."""
    return [balance(number, 10_000 - number, 10 + number) for number in range(1, count + 1)]


async def test_an_account_is_told_once_ten_have_overtaken_it(place: Place) -> None:
    owner = place.owner()
    await owner.take(many(12))
    await owner.take([balance(f"new {number}", 20_000 + number, 100 + number) for number in range(9)])
    assert ChangeType.RANK_DOWN not in {change for change, _ in place.told()}
    await owner.take([balance("the tenth", 30_000, 200)])
    fallen = [event for event in place.topic.told if event.change is ChangeType.RANK_DOWN]
    assert [event.account for event in fallen] == [address(number) for number in range(1, 13)]
    assert {event.reason for event in fallen} == {ChangeReason.OVERTAKEN}
    assert [
        (step.before.rank, event.after.rank) for event in fallen for step in event.steps if step.before and event.after
    ] == [(rank, rank + 10) for rank in range(1, 13) for _ in THRESHOLDS_XLM]


async def test_who_is_pushed_off_the_board_is_told_and_who_stands_below_it_is_not(place: Place) -> None:
    owner = place.owner()
    await owner.take(many(1_020))
    await owner.take([balance(f"new {number}", 20_000, 2_000 + number) for number in range(10)])
    fallen = {event.account for event in place.topic.told if event.change is ChangeType.RANK_DOWN}
    assert fallen == {address(number) for number in range(1, 1_001)}


async def test_one_row_holds_no_more_than_a_store_takes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row.changes for row in await rows_of(place, monkeypatch, most_changes=50)]
    of_one_balance = max(len(list(told)) for _, told in groupby(chain(*rows), lambda change: change.cause))
    assert max(map(len, rows)) < 50 + of_one_balance
    assert len(rows) > 2
    (whole,) = [row.changes for row in await rows_of(place, monkeypatch, most_changes=100_000, network=PUBLIC)]
    assert [_apart_from_network(change) for change in chain(*rows)] == [_apart_from_network(change) for change in whole]


async def rows_of(
    place: Place, patch: pytest.MonkeyPatch, *, most_changes: int, network: NetworkKey = SANDBOX
) -> list[JournalRow]:
    """What is journaled of sixty balances together, each above all before it, on a board of sixty."""
    patch.setattr(tracker, "MOST_CHANGES", most_changes)
    owner, rows = place.owner(network=network), list[JournalRow]()
    await owner.take([balance(number, 1_000 + number, 10, network=network) for number in range(60)])
    append = place.stores.tracker.append

    async def seen(row: JournalRow) -> bool:
        rows.append(row)
        return await append(row)

    with patch.context() as within:
        within.setattr(place.stores.tracker, "append", seen)
        await owner.take([balance(f"new {at}", 20_000 + at, 100, network=network) for at in range(60)])
    return rows


def _apart_from_network(change: StandingChange) -> StandingChange:
    return replace(change, account=replace(change.account, network=SANDBOX), cause="")


async def test_who_slides_onto_the_board_is_told(place: Place) -> None:
    owner = place.owner()
    await owner.take(many(1_020))
    await owner.take([balance(number, 0, 2_000) for number in range(1, 21)])
    risen = {event.account for event in place.topic.told if event.change is ChangeType.RANK_UP}
    assert risen == {address(number) for number in range(11, 1_021)}  # ranks 11 to 20 rose, too, before they left


async def test_the_first_owner_learns_that_another_has_the_book_and_goes_on_after_it_if_it_has_to(place: Place) -> None:
    first, second = place.owner(), place.owner()
    await first.take([balance("A", 50, 10)])
    await second.take([balance("B", 60, 10)])
    with pytest.raises(BookLost):
        await first.take([balance("C", 70, 10)])
    await first.take([balance("C", 70, 10)])
    await first.look()
    assert [row.account for row in (await place.board()).rows] == [address(name) for name in "CBA"]


async def test_a_book_is_read_again_after_an_error_half_way(place: Place) -> None:
    owner = place.owner()
    await owner.take([balance("A", 50, 10)])
    spoiled = balance(
        "C", 70, 10, balance_stroops="much"
    )  # no decoder lets it through: a bug of ours would have this form
    with pytest.raises(TypeError):
        await owner.take([balance("B", 60, 10), spoiled])
    await owner.take([balance("B", 60, 10)])
    await owner.look()
    assert [row.account for row in (await place.board()).rows] == [address("B"), address("A")]


async def test_the_books_of_networks_do_not_mix(place: Place) -> None:
    ours, others = place.owner(), place.owner(network=PUBLIC)
    await ours.take([balance("A", 50, 10), balance("B", 60, 10)])
    await others.take([balance("A", 45, 99, network=PUBLIC)])
    await place.owner().look()
    await place.owner(network=PUBLIC).look()
    assert [row.account for row in (await place.board()).rows] == [address("B"), address("A")]
    assert [row.balance_stroops for row in (await place.board(PUBLIC)).rows] == [450_000_000]
    changes = await place.stores.standings.changes_of(account("A", PUBLIC), ChangeQuery())
    assert [change.after.rank for change in changes if change.after] == [1]


async def test_a_lower_threshold_lets_accounts_enter_and_ends_the_coverage_of_the_network(place: Place) -> None:
    await place.owner().take([balance("A", 50, 10), balance("small", 7, 10, covers_ledger=3, covers_xlm=10)])
    await place.owner().look()
    assert (await place.board()).coverage == Coverage(ledger=3)
    place.topic.told.clear()
    lower = place.owner(5, *THRESHOLDS_XLM)
    await lower.look()
    assert [(event.account, event.change, event.reason) for event in place.topic.told] == [
        (address(name), ChangeType.ENTERED, ChangeReason.THRESHOLD_CHANGED)
        for name in sorted(("A", "small"), key=address)
    ]
    assert (await place.board()).coverage == Coverage()
    assert [row.account for row in (await place.board()).rows] == [address("A"), address("small")]


async def test_what_does_not_say_from_which_balance_on_it_is_of_all_covers_nothing(place: Place) -> None:
    await place.owner().take([balance("A", 50, 10, covers_ledger=3)])
    await place.owner().look()
    assert (await place.board()).coverage == Coverage()


async def test_a_threshold_that_is_given_up_is_left(place: Place) -> None:
    await place.owner().take([balance("A", 50, 10), balance("small", 12, 10)])
    place.topic.told.clear()
    await place.owner(20, 40).look()
    left = [(event.account, event.change, [step.threshold_xlm for step in event.steps]) for event in place.topic.told]
    assert sorted(left) == sorted((address(name), ChangeType.EXITED, [10]) for name in ("A", "small"))
    assert place.told()[0][1] is ChangeReason.THRESHOLD_CHANGED


async def test_a_board_is_shown_again_only_when_it_has_changed(place: Place) -> None:
    owner = place.owner()
    await owner.take([balance("A", 50, 10)])
    await owner.look()
    shown = await place.board()
    place.clock.at += timedelta(hours=1)
    await owner.look()
    assert await place.board() == shown
    place.clock.at += DAY
    await owner.look()
    assert (await place.board()).rows[0].day_before  # a day has passed: that has changed


async def test_a_day_without_balances_is_closed_a_minute_after_midnight(place: Place) -> None:
    owner = place.owner()
    await owner.take([balance("A", 50, 10)])
    place.clock.at = (BEGAN + DAY).replace(hour=0, minute=1)
    await owner.look()
    assert not await closings_of(place, "A")
    place.clock.at += timedelta(seconds=1)
    await owner.look()
    await owner.look()
    assert await closings_of(place, "A") == [(BEGAN.date(), 1)]


async def closings_of(place: Place, name: str) -> Sequence[object]:
    closings = await place.stores.standings.closings_of(account(name), BEGAN.date())
    return [(closing.day, closing.standing and closing.standing.rank) for closing in closings]
