"""Trackers of cluster mode: killed, or woken after another has taken over, they leave what embedded mode leaves undisturbed."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from stellarmap_hva_tracker.failpoints import JOURNAL
from tests.support.cluster import Servers
from tests.support.harness import KILLED, chance, progress
from tests.support.harness_cluster import own_servers
from tests.support.harness_tracker import LARGE, SMALL, Ended, assert_same, is_held, told, undisturbed
from tests.support.harness_tracker_cluster import TRACKER_0, TRACKER_1, Trackers, book_of, fresh_trackers

KILLS = 25
FIRST = 200  # of each part of the stream
LOST_S = 30  # after it is woken, who has lost the lease ends within this time

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.soak, pytest.mark.timeout(1_800)]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with own_servers(tmp_path_factory.mktemp("servers")) as servers:
        yield servers


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def small(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return await undisturbed(SMALL, tmp_path_factory.mktemp("small"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def large(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return await undisturbed(LARGE, tmp_path_factory.mktemp("large"))


@pytest.mark.parametrize("failpoint", JOURNAL)
async def test_a_tracker_that_is_woken_late_writes_nothing_wherever_it_was_held(
    failpoint: str, servers: Servers, small: Ended, tmp_path: Path
) -> None:
    times = chance("late tracker", failpoint).randint(1, 8)
    async with fresh_trackers(servers, tmp_path, SMALL) as trackers:
        ended = await woken_late(trackers, f"{failpoint}:{times}:stop")
    assert_same(ended, small)


async def test_killed_once_at_each_failpoint_it_ends_the_same(servers: Servers, small: Ended, tmp_path: Path) -> None:
    async with fresh_trackers(servers, tmp_path, SMALL) as trackers:
        ended = await killed_at_each_failpoint(trackers, chance("cluster tracker failpoints"))
    progress(told(ended))
    assert_same(ended, small)


async def test_killed_25_times_under_5_000_balances_a_second_it_ends_the_same(
    servers: Servers, large: Ended, tmp_path: Path
) -> None:
    async with fresh_trackers(servers, tmp_path, LARGE) as trackers:
        ended = await killed_at_random(trackers, KILLS, chance("cluster tracker kills"))
    progress(told(ended))
    assert_same(ended, large)


async def killed_at_random(trackers: Trackers, kills: int, drawn: Random) -> Ended:
    """How it ends when whoever ranks is killed so often, each time while it is fed with its part of the stream."""
    cluster, reads = trackers.cluster, []
    part = len(trackers.stream) // (kills + 1)
    await cluster.start(TRACKER_0, TRACKER_1)
    for turn in range(kills):
        ranks = await trackers.taken(turn + 1)
        await trackers.feed(FIRST)
        await trackers.have_read(trackers.fed)  # it takes seconds to join: from now on it reads what comes
        feeding = asyncio.create_task(trackers.feed(part - FIRST))
        await trackers.have_fed(trackers.fed + drawn.randrange(part - FIRST))
        await cluster.kill(ranks)
        reads.append(await trackers.read())
        progress(f"{ranks} killed, {reads[-1]:,} balances of {trackers.fed:,} were read")
        await cluster.start(ranks)
        await feeding
    await trackers.feed(len(trackers.stream))
    ended = await trackers.finish()
    ended.reads = reads
    return ended


async def killed_at_each_failpoint(trackers: Trackers, drawn: Random) -> Ended:
    """How it ends when the only replica is killed at each failpoint once."""
    reads = []
    feeding = asyncio.create_task(trackers.feed(len(trackers.stream)))
    for name in drawn.sample(JOURNAL, len(JOURNAL)):
        times = drawn.randint(1, 2)
        assert await trackers.cluster.exit_code(TRACKER_0, failpoint=f"{name}:{times}:kill") == KILLED, name
        reads.append(await trackers.read())
    await feeding
    await trackers.cluster.start(TRACKER_0)
    ended = await trackers.finish()
    ended.reads = reads
    return ended


async def woken_late(trackers: Trackers, failpoint: str) -> Ended:
    """How it ends when whoever ranks holds still there until another has read and shown the rest of the stream."""
    cluster = trackers.cluster
    await cluster.start(TRACKER_0, failpoint=failpoint)
    assert await trackers.taken(1) == TRACKER_0
    await cluster.start(TRACKER_1)
    await trackers.feed(len(trackers.stream))
    late = cluster.running[TRACKER_0]
    await is_held(late)
    assert await trackers.taken(2) == TRACKER_1
    await trackers.all_is_shown()
    book, told_before = book_of(cluster.servers), await trackers.told()
    cluster.resume(TRACKER_0)
    assert await asyncio.wait_for(late.process.wait(), LOST_S) == 1
    assert "The lease of hva-tracker could not be kept" in late.log.read_text()
    assert book_of(cluster.servers) == book
    again = Counter(await trackers.told()) - Counter(told_before)
    assert {*again} <= {*told_before}, "it told what nobody had told, or told it otherwise"
    assert max(again.values(), default=1) == 1
    progress(f"{failpoint}: woken, it told {again.total()} events of its last row once more")
    await cluster.kill(TRACKER_0)
    return await trackers.finish()
