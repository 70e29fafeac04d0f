"""Cluster mode: a replica that is stopped under load repeats nothing and disturbs nobody, and no limit is overrun for a kill."""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stellarmap_common.adapters.kafka.cluster.joining import SESSION_MS
from tests.support.cluster import Cluster, Servers
from tests.support.harness import Outcome, assert_same, followed, progress, read
from tests.support.harness_cluster import (
    GATEWAY_0,
    GATEWAY_1,
    INGEST_0,
    INGEST_1,
    ask_hub,
    finish,
    fresh_cluster,
    hub_of,
    joined,
    more_read,
    outcome,
    own_servers,
    owner,
    pages_of,
    takes_its_time,
    times_assigned,
)
from tests.support.harness_network import NetworkProcess, most_within

ALL = (INGEST_0, INGEST_1, GATEWAY_0, GATEWAY_1)
STOPS_WITHIN_S = 20
SESSION_S = SESSION_MS / 1_000  # beyond it, others get what somebody had who is away
TRIES = 5  # of a restart that a busy machine makes take longer
PAGE_S = 2.0
LIMIT = 18_000  # an hour, of which 71 % are ours
OURS = LIMIT * 71 // 100
AT_MOST_S = 1_200  # for the rest of a large hub on a busy machine

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("in_time"),
]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with own_servers(tmp_path_factory.mktemp("servers")) as servers:
        yield servers


async def test_a_rolling_restart_under_load_repeats_nothing_and_disturbs_nobody(
    servers: Servers, small: NetworkProcess, small_clean: Outcome, tmp_path: Path
) -> None:
    await takes_its_time(small, PAGE_S)
    assert_same(await restarted(servers, tmp_path, small, small_clean), small_clean, small.hub)


async def test_two_replicas_and_a_kill_stay_within_the_limit(
    servers: Servers, small: NetworkProcess, small_clean: Outcome, tmp_path: Path
) -> None:
    assert_same(await limited(servers, tmp_path, small, kills=1), small_clean, small.hub)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
async def test_a_rolling_restart_in_a_hub_of_100_000_repeats_nothing_and_disturbs_nobody(
    servers: Servers, large: NetworkProcess, large_clean: Outcome, tmp_path: Path
) -> None:
    assert_same(await restarted(servers, tmp_path, large, large_clean), large_clean, large.hub)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
async def test_two_replicas_and_five_kills_stay_within_the_limit(
    servers: Servers, large: NetworkProcess, large_clean: Outcome, tmp_path: Path
) -> None:
    assert_same(await limited(servers, tmp_path, large, kills=5), large_clean, large.hub)


async def restarted(servers: Servers, folder: Path, network: NetworkProcess, clean: Outcome) -> Outcome:
    """How it ends when each replica is stopped in the midst of the hub and started again, a stream open at each gateway."""
    since = time.monotonic()
    async with fresh_cluster(servers, folder, network, ALL) as cluster:
        await joined(cluster)
        request_id = await ask_hub(cluster, network)
        for name in ALL:
            await more_read(network, 1, pages_of(network.hub, clean), since)
            await disturbs_nobody(cluster, name)
        await network.trouble()
        await finish(cluster, request_id, AT_MOST_S)
        ended = await outcome(cluster, network, since)
    assert ended.told.done_again == []
    return ended


async def disturbs_nobody(cluster: Cluster, name: str) -> None:
    """Afterwards it was away for less than its session, in which no other replica was given any partition."""
    for _ in range(TRIES):
        before = times_assigned(cluster)
        assert all(before.values())
        began = time.monotonic()
        await restart(cluster, name)
        await joined(cluster)
        away_s = time.monotonic() - began
        progress(f"{name} was away for {away_s:.1f} s")
        if away_s < SESSION_S:
            assert {**times_assigned(cluster), name: 0} == {**before, name: 0}
            return
    raise AssertionError(f"{name} was never back within {SESSION_S} s: this machine is too slow")


async def restart(cluster: Cluster, name: str) -> None:
    """Afterwards it has stopped in order and in time, whoever followed it, and runs again."""
    began = time.monotonic()
    if name.startswith("gateway"):
        async with followed(cluster.running[name]):
            began = time.monotonic()
            codes = await cluster.stop(name)
    else:
        codes = await cluster.stop(name)
    took = time.monotonic() - began
    progress(f"{name} stopped in {took:.1f} s")
    assert (codes, took <= STOPS_WITHIN_S) == ([0], True)
    await cluster.start(name)


async def limited(servers: Servers, folder: Path, network: NetworkProcess, kills: int) -> Outcome:
    """How it ends with a limit that two replicas share, whoever reads the hub being killed so often."""
    since = time.monotonic()
    names = (GATEWAY_0, INGEST_0, INGEST_1)
    async with fresh_cluster(servers, folder, network, names, sandbox_max_per_hour=LIMIT) as cluster:
        request_id = await ask_hub(cluster, network)
        for _ in range(kills):
            await read(network, network.hub, len(network.pages(network.hub, since)) + 3, since)
            name = await owner(cluster, hub_of(network))
            await cluster.kill(name)
            await cluster.start(name)
        await finish(cluster, request_id, AT_MOST_S)
        ended = await outcome(cluster, network, since, kills)
    asked = network.asked(since)
    most = {seconds: most_within(asked, seconds) for seconds in (20, 60)}
    progress(f"{len(asked)} calls in {asked[-1].at - asked[0].at:.0f} s; the most in a span of seconds: {most}")
    for seconds, calls in most.items():
        assert calls <= math.ceil(OURS * seconds / 3_600) + math.ceil(OURS / 360)
    return ended
