"""When the power fails under a tracker, its next owner finds all that was told and all that is called read."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

import pytest
import pytest_asyncio

from stellarmap_common.errors import StellarmapError
from tests.support.balance_stream import Stream
from tests.support.harness import SEED
from tests.support.harness_tracker import Ended, Files, assert_same
from tests.support.measured import report
from tests.support.power_book import missing_in_book
from tests.support.power_cut import SYNC, Happened, disks_at, read_recording
from tests.support.power_effects import stored_in, told_in

STREAM = Stream(seed=SEED, accounts=200, updates=1_500)
PER_S = 1_000  # a row is as many balances as came together: so there are many rows

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(1_800)]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A tracker that ran undisturbed, with everything it did to its files."""

    happened: Sequence[Happened]
    ended: Ended


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    folder = tmp_path_factory.mktemp("recorded")
    files = Files(folder / "data", STREAM, recording=folder / "recording")
    ended = await files.finish(await files.start(PER_S))
    return Recorded(read_recording(folder / "recording"), ended)


async def missing_at(happened: Sequence[Happened], cuts: int, folder: Path) -> dict[int, list[str]]:
    """What lacks at so many cuts, spread by chance over all that happened."""
    chance = random.Random(SEED)
    found: dict[int, list[str]] = {}
    for cut, disk in disks_at(happened, (chance.randrange(1, len(happened)) for _ in range(cuts))):
        left = folder / "left"
        left.mkdir()
        disk.left_in(left, chance)
        if lacking := await missing_in(left):
            found[cut] = lacking
        rmtree(left)
    return found


async def missing_in(left: Path) -> list[str]:
    """What lacks in what is left; a file that does not open, or is not sound, lacks everything."""
    try:
        told = told_in(left / "log.sqlite")
        async with stored_in(left / "store.sqlite") as stores:
            return [*told.beyond, *await missing_in_book(told, stores)]
    except (StellarmapError, AssertionError) as error:
        return [repr(error)]


async def test_the_recording_holds_what_makes_a_cut_interesting(recorded: Recorded) -> None:
    assert sum(each.kind == SYNC and each.name == "store.sqlite-wal" for each in recorded.happened) > 15
    assert len(recorded.ended.told) > 300


@pytest.mark.parametrize("cuts", [40, pytest.param(1_000, marks=pytest.mark.soak)])
async def test_nothing_told_or_read_is_lost_wherever_the_power_fails(
    recorded: Recorded, cuts: int, tmp_path: Path
) -> None:
    lacking = await missing_at(recorded.happened, cuts, tmp_path)
    report("power-loss-tracker", cuts=cuts, happened=len(recorded.happened), told=len(recorded.ended.told))
    assert lacking == {}


async def test_a_journal_that_is_not_synced_is_caught(recorded: Recorded, tmp_path: Path) -> None:
    lazy = [each for each in recorded.happened if each.kind != SYNC or each.name != "store.sqlite-wal"]
    assert await missing_at(lazy, 40, tmp_path)


@pytest.mark.parametrize("cuts", [1, pytest.param(20, marks=pytest.mark.soak)])
async def test_a_tracker_whose_power_failed_ends_as_an_undisturbed_one(
    recorded: Recorded, cuts: int, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    for cut, disk in disks_at(recorded.happened, (chance.randrange(1, len(recorded.happened)) for _ in range(cuts))):
        files = Files(tmp_path / f"cut-{cut}" / "data", STREAM)
        files.data.mkdir(parents=True)
        disk.left_in(files.data, chance)
        assert_same(await files.finish(await files.start()), recorded.ended)
