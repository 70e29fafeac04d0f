"""Cluster mode: replicas that are killed, held still, or come and go, end where embedded mode does that nobody disturbed."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from stellarmap_common.adapters.kafka.cluster.joining import SESSION_MS
from stellarmap_common.lineage.failpoints import BUS
from tests.support.cluster import Cluster, Servers
from tests.support.harness import KILLED, Outcome, assert_same, chance, drawn_failpoints, progress, read
from tests.support.harness_cluster import (
    GATEWAY_0,
    GATEWAY_1,
    INGEST_0,
    INGEST_1,
    RESUMES_WITHIN_S,
    ask_hub,
    finish,
    fresh_cluster,
    hub_of,
    outcome,
    own_servers,
    owner,
    pages_of,
    resumed_after_s,
    takes_its_time,
)
from tests.support.harness_network import NetworkProcess

KILLS, SOAK_KILLS = 3, 25
IN_TURN = (INGEST_0, INGEST_1, GATEWAY_0)
LAST_FALL = 0.8  # of the pages: enough are left to show that the hub goes on
LAST_SMALL_FALL = 0.5  # others read on while who was killed starts, which takes a busy machine long
PAGE_S = 0.5  # a page of a small hub takes: it would be read before anything has happened
SESSION_S = SESSION_MS / 1_000  # Kafka takes a consumer for dead that has said nothing for so long
TURN_S = 2
AT_MOST_S = 1_200  # for the rest of a large hub on a busy machine

Falls = list[tuple[str, float]]
"""Who is killed, and at which share of the pages of the hub."""

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("in_time"),
]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with own_servers(tmp_path_factory.mktemp("servers")) as servers:
        yield servers


async def test_cluster_mode_stores_and_tells_what_embedded_mode_does(
    servers: Servers, small: NetworkProcess, small_clean: Outcome, tmp_path: Path
) -> None:
    since = time.monotonic()
    async with fresh_cluster(servers, tmp_path, small, (INGEST_0, INGEST_1, GATEWAY_0)) as cluster:
        await finish(cluster, await ask_hub(cluster, small))
        ended = await outcome(cluster, small, since)
    assert_same(ended, small_clean, small.hub)
    assert ended.told.done_again == []


async def test_killed_at_random_nothing_is_lost_and_nothing_is_there_twice(
    servers: Servers, small: NetworkProcess, small_clean: Outcome, tmp_path: Path
) -> None:
    await takes_its_time(small, 2 * PAGE_S)
    drawn = chance("cluster kills")
    falls = falls_of(drawn.sample(IN_TURN, KILLS), LAST_SMALL_FALL, drawn)
    ended = await killed_at_random(servers, tmp_path, small, small_clean, falls)
    assert_same(ended, small_clean, small.hub)


async def test_killed_once_at_each_failpoint_it_ends_the_same(
    servers: Servers, small: NetworkProcess, small_clean: Outcome, tmp_path: Path
) -> None:
    drawn = chance("cluster failpoints")
    ended = await killed_at_each_failpoint(servers, tmp_path, small, drawn, most_times=2)
    assert_same(ended, small_clean, small.hub)


async def test_held_still_beyond_its_session_it_writes_nothing_wrong_when_it_goes_on(
    servers: Servers, small: NetworkProcess, small_clean: Outcome, tmp_path: Path
) -> None:
    await takes_its_time(small, 2 * PAGE_S)
    ended = await held_still(servers, tmp_path, small, times=1)
    assert_same(ended, small_clean, small.hub)


async def test_replicas_that_come_and_go_do_nothing_twice(
    servers: Servers, small: NetworkProcess, small_clean: Outcome, tmp_path: Path
) -> None:
    await takes_its_time(small, PAGE_S)
    ended = await coming_and_going(servers, tmp_path, small, most=3, for_s=10)
    assert_same(ended, small_clean, small.hub)
    assert ended.told.done_again == []


@pytest.mark.soak
@pytest.mark.timeout(1_800)
async def test_killed_25_times_in_a_hub_of_100_000_it_ends_the_same(
    servers: Servers, large: NetworkProcess, large_clean: Outcome, tmp_path: Path
) -> None:
    drawn = chance("cluster kills", "large")
    victims = [*(IN_TURN * 2), *(drawn.choice((*IN_TURN, GATEWAY_1)) for _ in range(SOAK_KILLS - 2 * len(IN_TURN)))]
    drawn.shuffle(victims)
    ended = await killed_at_random(servers, tmp_path, large, large_clean, falls_of(victims, LAST_FALL, drawn))
    extra = sum((ended.asked - large_clean.asked).values())
    progress(f"{ended.kills} kills at {told(ended.shares)}; {extra} calls more than undisturbed")
    assert_same(ended, large_clean, large.hub)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
async def test_killed_at_each_failpoint_of_a_larger_hub_it_ends_the_same(
    servers: Servers, large: NetworkProcess, large_clean: Outcome, tmp_path: Path
) -> None:
    drawn = chance("cluster failpoints", "large")
    ended = await killed_at_each_failpoint(servers, tmp_path, large, drawn, most_times=20)
    assert_same(ended, large_clean, large.hub)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
async def test_held_still_five_times_in_a_hub_of_100_000_it_writes_nothing_wrong(
    servers: Servers, large: NetworkProcess, large_clean: Outcome, tmp_path: Path
) -> None:
    ended = await held_still(servers, tmp_path, large, times=5)
    assert_same(ended, large_clean, large.hub)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
async def test_six_replicas_that_come_and_go_for_a_minute_do_nothing_twice(
    servers: Servers, large: NetworkProcess, large_clean: Outcome, tmp_path: Path
) -> None:
    ended = await coming_and_going(servers, tmp_path, large, most=6, for_s=60)
    assert_same(ended, large_clean, large.hub)
    assert ended.told.done_again == []


def falls_of(victims: list[str], last: float, drawn: Random) -> Falls:
    """One after the other, each at a random share of the pages, at that at the latest."""
    return list(zip(victims, sorted(drawn.uniform(0, last) for _ in victims), strict=True))


async def killed_at_random(
    servers: Servers, folder: Path, network: NetworkProcess, clean: Outcome, falls: Falls
) -> Outcome:
    """How it ends when these replicas are killed where they fall."""
    since, hub = time.monotonic(), network.hub
    whole = pages_of(hub, clean)
    back: list[float] = []
    async with fresh_cluster(servers, folder, network, (*IN_TURN, GATEWAY_1)) as cluster:
        request_id = await ask_hub(cluster, network)
        for name, share in falls:
            await read(network, hub, int(share * whole), since)
            await cluster.kill(name)
            await cluster.start(name)
            back.append(time.monotonic())
        await finish(cluster, request_id, AT_MOST_S)
        ended = await outcome(cluster, network, since, len(falls))
    ended.shares = [share for _, share in falls]
    assert_resumed(network, back)
    return ended


async def killed_at_each_failpoint(
    servers: Servers, folder: Path, network: NetworkProcess, drawn: Random, most_times: int
) -> Outcome:
    """How one crawl ends when its only ingest replica is killed at each failpoint of a step, its gateway at each of the bus."""
    since = time.monotonic()
    steps = drawn_failpoints(drawn, most_times)
    async with fresh_cluster(servers, folder, network, (GATEWAY_0,)) as cluster:
        request_id = await ask_hub(cluster, network)
        await cluster.kill(GATEWAY_0)
        await asyncio.gather(
            killed_at(cluster, INGEST_0, steps), killed_at(cluster, GATEWAY_0, [(name, 1) for name in BUS])
        )
        await cluster.start(INGEST_0, GATEWAY_0)
        await finish(cluster, request_id, AT_MOST_S)
        return await outcome(cluster, network, since, kills=len(steps))


async def killed_at(cluster: Cluster, replica: str, failpoints: list[tuple[str, int]]) -> None:
    """Afterwards the replica was killed at each of these, the so-manieth time it passed."""
    for name, times in failpoints:
        progress(f"{replica}: {name}, passed {times} times")
        code = await cluster.exit_code(replica, failpoint=f"{name}:{times}:kill")
        assert code == KILLED, f"{name} was not passed {times} times"


async def held_still(servers: Servers, folder: Path, network: NetworkProcess, times: int) -> Outcome:
    """How it ends when whoever reads the hub is held still until another has taken over and read two pages more."""
    since, hub = time.monotonic(), network.hub
    async with fresh_cluster(servers, folder, network, IN_TURN) as cluster:
        request_id = await ask_hub(cluster, network)
        for turn in range(1, times + 1):
            await read(network, hub, len(network.pages(hub, since)) + 2, since)
            still = await owner(cluster, hub_of(network))
            cluster.pause(still)
            held_at, pages = time.monotonic(), len(network.pages(hub, since))
            await read(network, hub, pages + 3, since)  # one may have been on its way
            progress(f"{still}, turn {turn}: another went on after {time.monotonic() - held_at:.1f} s")
            assert time.monotonic() - held_at >= SESSION_S / 2, f"it was not {still} that read the hub"
            cluster.resume(still)
        await finish(cluster, request_id, AT_MOST_S)
        return await outcome(cluster, network, since, kills=times)


async def coming_and_going(servers: Servers, folder: Path, network: NetworkProcess, most: int, for_s: float) -> Outcome:
    """How it ends when ingest replicas without a name come one after the other, and go, every two seconds."""
    since = time.monotonic()
    async with fresh_cluster(servers, folder, network, (GATEWAY_0, INGEST_0), kafka_instance_id="") as cluster:
        request_id = await ask_hub(cluster, network)
        turns = await come_and_go(cluster, [f"ingest-horizon-{number}" for number in range(1, most)], for_s)
        progress(f"{turns} turns; {len(network.pages(network.hub, since))} pages of the hub were read meanwhile")
        await finish(cluster, request_id, AT_MOST_S)
        return await outcome(cluster, network, since)


async def come_and_go(cluster: Cluster, names: list[str], for_s: float) -> int:
    """Afterwards all of these have come and gone, each SIGTERM with exit code 0; how many came or went."""
    end, turns = time.monotonic() + for_s, 0
    doing: dict[str, asyncio.Task[None]] = {}

    async def come(name: str, before: asyncio.Task[None] | None) -> None:
        await asyncio.gather(*filter(None, [before]))
        await cluster.start(name)

    async def go(name: str, before: asyncio.Task[None]) -> None:
        await before
        assert await cluster.stop(name) == [0]

    async with asyncio.TaskGroup() as tasks:
        while time.monotonic() < end:
            for name in names:
                doing[name] = tasks.create_task(come(name, doing.get(name)))
                await asyncio.sleep(TURN_S)
            for name in reversed(names):
                doing[name] = tasks.create_task(go(name, doing[name]))
                await asyncio.sleep(TURN_S)
            turns += 2 * len(names)
    return turns


def assert_resumed(network: NetworkProcess, back: list[float]) -> None:
    """After each restart the hub went on soon."""
    after = [resumed_after_s(network, network.hub, at) for at in back]
    progress(f"the hub went on {' '.join(f'{each:.1f}' for each in after)} s after who was killed answered again")
    assert max(after) <= RESUMES_WITHIN_S


def told(shares: list[float]) -> str:
    """For people."""
    return " ".join(f"{share:.0%}" for share in shares)
