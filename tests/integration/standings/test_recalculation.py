"""What was never told of accounts that stand is made up for, once, and by the tracker alone."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from stellarmap_common.domain.standing import ChangeReason, ChangeType
from stellarmap_common.events.standings import RecalculationRequested
from stellarmap_common.ports.standing_store import ChangeQuery
from tests.integration.standings.test_owner import Place
from tests.support.stores import SANDBOX, SqliteFiles, account, address
from tests.support.tracked import THRESHOLDS_XLM, balance

Told = tuple[ChangeType, ChangeReason, list[int]]
ENTERED = (ChangeType.ENTERED, ChangeReason.DISCOVERED, list(THRESHOLDS_XLM))


@dataclass
class FilePlace(Place):
    """A place whose store is a file."""

    file: str = ""

    def lose_history(self, *names: str) -> None:
        """As if what was told of them had never been stored."""
        with sqlite3.connect(self.file) as connection:
            for name in names:
                for table in ("standing_change", "standing_change_step"):
                    connection.execute(
                        f"DELETE FROM {table} WHERE account = (SELECT id FROM account WHERE address = ?)",  # noqa: S608 - ours
                        (address(name),),
                    )
        connection.close()

    async def history(self, name: str) -> list[Told]:
        """What was told of the account, oldest first."""
        changes = await self.stores.standings.changes_of(account(name), ChangeQuery())
        return [(each.type, each.reason, [step.threshold_xlm for step in each.steps]) for each in reversed(changes)]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[FilePlace]:
    files = SqliteFiles(tmp_path)
    file = files.new_place()
    async with files.at(file) as stores:
        yield FilePlace(stores, file=file)


def recalculation(
    *names: str, anew: bool = False, thresholds_xlm: tuple[int, ...] = THRESHOLDS_XLM
) -> RecalculationRequested:
    return RecalculationRequested(
        id=f"recalculation at {thresholds_xlm}",
        network=SANDBOX,
        accounts=tuple(address(name) for name in names),
        thresholds_xlm=thresholds_xlm,
        anew=anew,
    )


async def test_who_stands_without_ever_having_been_told_of_enters_and_nobody_else_does(place: FilePlace) -> None:
    owner = place.owner()
    await owner.take([balance("A", 50, 10), balance("B", 50, 10), balance("small", 5, 10)])
    place.lose_history("A")
    place.topic.told.clear()
    before = await place.history("B")
    for _ in range(2):
        await owner.recalculate(recalculation("A", "B", "small", "nobody"), place.stores.standings)
    assert await place.history("A") == [ENTERED]
    assert (await place.history("B"), await place.history("small")) == (before, [])
    assert [(event.account, event.after and event.after.rank) for event in place.topic.told] == [(address("A"), 1)]


async def test_only_the_thresholds_that_are_named_and_ranked_by_are_made_up_for(place: FilePlace) -> None:
    owner = place.owner()
    await owner.take([balance("A", 25, 10)])
    place.lose_history("A")
    await owner.recalculate(recalculation("A", thresholds_xlm=(20, 33, 40)), place.stores.standings)
    assert await place.history("A") == [(ChangeType.ENTERED, ChangeReason.DISCOVERED, [20])]
    await owner.recalculate(recalculation("A"), place.stores.standings)
    assert [thresholds for *_, thresholds in await place.history("A")] == [[20], [10]]


async def test_what_is_cleared_ends_and_begins_anew_once_for_each_event(place: FilePlace) -> None:
    owner = place.owner()
    await owner.take([balance("A", 50, 10), balance("B", 60, 10)])
    before = await place.history("A")
    for _ in range(2):
        await owner.recalculate(recalculation("A", anew=True), place.stores.standings)
    exited = (ChangeType.EXITED, ChangeReason.DISCOVERED, list(THRESHOLDS_XLM))
    assert await place.history("A") == [*before, exited, ENTERED]
    assert len(await place.history("B")) == len(before)


async def test_later_changes_are_compared_with_what_was_recorded_anew(place: FilePlace) -> None:
    owner = place.owner()
    await owner.take([balance("A", 100, 10)])
    await owner.take([balance("A", 104, 20)])  # four percent: not told
    await owner.recalculate(recalculation("A", anew=True), place.stores.standings)
    place.topic.told.clear()
    await owner.take([balance("A", 108, 30)])  # eight percent of what was told first, under four of what is recorded
    assert place.topic.told == []
    await place.owner().take([balance("A", 109.3, 40)])
    assert [event.change for event in place.topic.told] == [ChangeType.BALANCE_INCREASE]


async def test_a_recalculation_that_comes_again_after_a_later_change_tells_nothing(place: FilePlace) -> None:
    owner = place.owner()
    await owner.take([balance("A", 50, 10)])
    await owner.recalculate(recalculation("A", anew=True), place.stores.standings)
    place.clock.at += timedelta(minutes=1)
    await owner.take([balance("A", 5, 20)])
    await owner.take([balance("A", 50, 30)])
    told = await place.history("A")
    await place.owner().recalculate(recalculation("A", anew=True), place.stores.standings)
    assert await place.history("A") == told
