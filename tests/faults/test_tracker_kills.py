"""A tracker that is killed between any two of its effects leaves what an undisturbed one leaves, and tells each change once."""

import asyncio
import signal
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from stellarmap_hva_tracker.failpoints import JOURNAL
from tests.support.harness import KILLED, chance, progress
from tests.support.harness_tracker import LARGE, SMALL, Ended, Files, assert_same, is_held, told, undisturbed

KILLS, SOAK_KILLS = 3, 25
LAST_FALL = 0.95  # of the stream
A_MOMENT_S = 0.1  # a row takes less: else every kill would fall right behind one that is through

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def small(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return await undisturbed(SMALL, tmp_path_factory.mktemp("small"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def large(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return await undisturbed(LARGE, tmp_path_factory.mktemp("large"))


async def test_killed_at_random_no_change_is_lost_and_none_is_there_twice(small: Ended, tmp_path: Path) -> None:
    ended = await killed_at_random(Files(tmp_path / "data", SMALL), KILLS, chance("tracker kills"))
    assert_same(ended, small)


async def test_killed_once_at_each_failpoint_it_ends_the_same(small: Ended, tmp_path: Path) -> None:
    ended = await killed_at_each_failpoint(Files(tmp_path / "data", SMALL), chance("tracker failpoints"), most_times=3)
    assert_same(ended, small)


async def test_nobody_takes_over_the_files_of_one_that_is_held_still(small: Ended, tmp_path: Path) -> None:
    files = Files(tmp_path / "data", SMALL)
    system = await files.start(failpoint="after_journal:2:stop")
    try:
        await is_held(system)
        before = files.read()
        assert await files.exit_code() == 1
        assert f"runs on {files.data} already" in system.log.read_text()
        assert files.read() == before
        system.process.send_signal(signal.SIGCONT)
        assert_same(await files.finish(system), small)
    finally:
        await system.kill()


@pytest.mark.soak
@pytest.mark.timeout(1_800)
async def test_killed_25_times_under_5_000_balances_a_second_it_ends_the_same(large: Ended, tmp_path: Path) -> None:
    ended = await killed_at_random(Files(tmp_path / "data", LARGE), SOAK_KILLS, chance("tracker kills", "large"))
    progress(told(ended))
    assert_same(ended, large)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
async def test_killed_at_each_failpoint_of_a_large_stream_it_ends_the_same(large: Ended, tmp_path: Path) -> None:
    drawn = chance("tracker failpoints", "large")
    ended = await killed_at_each_failpoint(Files(tmp_path / "data", LARGE), drawn, most_times=40)
    progress(told(ended))
    assert_same(ended, large)


async def killed_at_random(files: Files, kills: int, drawn: Random) -> Ended:
    """How it ends when it is killed so often, each time at a random share of the stream."""
    reads = []
    for share in sorted(drawn.uniform(0, LAST_FALL) for _ in range(kills)):
        system = await files.start()
        await files.have_read(int(share * len(files.stream)), system)
        await asyncio.sleep(drawn.uniform(0, A_MOMENT_S))
        await system.kill()
        await system.api.aclose()
        reads.append(files.read())
    ended = await files.finish(await files.start())
    ended.reads = reads
    return ended


async def killed_at_each_failpoint(files: Files, drawn: Random, most_times: int) -> Ended:
    """How it ends when it is killed at each failpoint once, the so-manieth time it passes."""
    reads = []
    for name in drawn.sample(JOURNAL, len(JOURNAL)):
        times = drawn.randint(1, most_times)
        assert await files.exit_code(failpoint=f"{name}:{times}:kill") == KILLED, f"{name} was not passed {times} times"
        reads.append(files.read())
    ended = await files.finish(await files.start())
    ended.reads = reads
    return ended
