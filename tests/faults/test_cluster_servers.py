"""Cluster mode: brokers and the store fall and stand up again in the middle of a hub, and it ends as if nothing had been."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from http.client import OK
from pathlib import Path

import pytest

from stellarmap_common.domain.network import AccountRef
from tests.support.cluster import Servers
from tests.support.harness import ALL_PAGES, ASK_S, Outcome, assert_same, progress
from tests.support.harness_cluster import (
    GATEWAY_0,
    INGEST_0,
    INGEST_1,
    RESUMES_WITHIN_S,
    ask_hub,
    finish,
    fresh_cluster,
    more_read,
    outcome,
    own_servers,
    pages_of,
    resumed_after_s,
    takes_its_time,
)
from tests.support.harness_network import NetworkProcess
from tests.support.system import System

BROKERS = 3
MEANWHILE = 2  # pages that are read while one broker of three is away
PAGE_S = 3.0  # a page of a small hub takes, so that servers fall while it is read
AT_MOST_S = 1_200  # for the rest of a large hub on a busy machine

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("in_time"),
]

GoesOn = Callable[[int], Awaitable[None]]  # returns once so many more pages were read, or all of them
Fall = Callable[[Servers, GoesOn], Awaitable[float]]  # when the server answered again


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with own_servers(tmp_path_factory.mktemp("servers"), brokers=BROKERS) as servers:
        yield servers


async def test_who_starts_without_brokers_reads_and_goes_on_when_they_answer(
    servers: Servers, small: NetworkProcess, tmp_path: Path
) -> None:
    hub, path = AccountRef(small.spec.key, small.hub), f"/sandbox/accounts/{small.hub}"
    async with fresh_cluster(servers, tmp_path, small, (GATEWAY_0, INGEST_0)) as cluster:
        await cluster.gateway.completed(await cluster.gateway.ask(hub.address, pages=1), within_s=ASK_S)
        await cluster.stop()
        servers.kafka.kill()
        told_before = len((tmp_path / f"{INGEST_0}.log").read_text())
        await cluster.start(GATEWAY_0, INGEST_0)
        gateway, ingest = cluster.running[GATEWAY_0], cluster.running[INGEST_0]
        assert (await gateway.get(path))["children"]["total"] > 0
        health = {check["component"]: check["state"] for check in (await gateway.get("/health"))["checks"]}
        assert (health["bus"], health["store"]) == ("DEGRADED", "HEALTHY")
        refused = await gateway.api.post(f"/api/v1{path}/requests", json={"pages": ALL_PAGES})
        assert (refused.status_code, refused.json()["type"]) == (503, "unavailable"), refused.text
        assert await ready(gateway)
        assert not await ready(ingest)
        told = ingest.log.read_text()[told_before:]
        assert (told.count("bus_waits"), servers.kafka.bootstrap[0] in told) == (1, True), told
        servers.kafka.spawn(None)
        await asyncio.to_thread(servers.kafka.until_ready)
        ready_at = time.monotonic()
        while not await ready(ingest):
            assert await ready(gateway)
            assert time.monotonic() - ready_at < RESUMES_WITHIN_S
        progress(f"ingest had joined {time.monotonic() - ready_at:.1f} s after the last broker answered")
        await finish(cluster, await gateway.ask(hub.address, pages=ALL_PAGES))
        async with cluster.mapped(small.spec) as store:
            assert await store.differences(small.truth, hub.address) == []


async def ready(system: System) -> bool:
    """Whether it says that it can work."""
    return (await system.api.get("/readyz")).status_code == OK


async def test_brokers_and_the_store_fall_and_nothing_is_lost_and_nothing_is_there_twice(
    servers: Servers, small: NetworkProcess, small_clean: Outcome, tmp_path: Path
) -> None:
    await takes_its_time(small, PAGE_S)
    ended = await fallen(servers, tmp_path, small, small_clean, rounds=1)
    assert_same(ended, small_clean, small.hub)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
async def test_they_fall_three_times_in_a_hub_of_100_000_and_it_ends_the_same(
    servers: Servers, large: NetworkProcess, large_clean: Outcome, tmp_path: Path
) -> None:
    ended = await fallen(servers, tmp_path, large, large_clean, rounds=3)
    assert_same(ended, large_clean, large.hub)


async def one_is_killed(servers: Servers, goes_on: GoesOn) -> float:
    """One of three brokers: the others have everything, so work goes on meanwhile."""
    servers.kafka.kill(0)
    await goes_on(MEANWHILE)
    return await broker_back(servers, 0)


async def one_is_stopped(servers: Servers, goes_on: GoesOn) -> float:
    """The same in order, as an upgrade does it."""
    await asyncio.to_thread(servers.kafka.terminate, 1)
    await goes_on(MEANWHILE)
    return await broker_back(servers, 1)


async def all_are_killed(servers: Servers, _: GoesOn) -> float:
    """Every broker at once."""
    servers.kafka.kill()
    return await broker_back(servers, None)


async def the_store_is_killed(servers: Servers, _: GoesOn) -> float:
    """The one node of Cassandra."""
    servers.cassandra.kill()
    servers.cassandra.spawn()
    await asyncio.to_thread(servers.cassandra.until_ready)
    return time.monotonic()


FALLS: tuple[Fall, ...] = (one_is_killed, one_is_stopped, all_are_killed, the_store_is_killed)


async def broker_back(servers: Servers, node: int | None) -> float:
    """When it answered; the next one may fall once it has everything."""
    servers.kafka.spawn(node)
    await asyncio.to_thread(servers.kafka.until_ready)
    ready_at = time.monotonic()
    await asyncio.to_thread(servers.kafka.until_in_sync)
    return ready_at


async def fallen(servers: Servers, folder: Path, network: NetworkProcess, clean: Outcome, rounds: int) -> Outcome:
    """How it ends when each server falls, one after the other, so many times."""
    since, hub = time.monotonic(), network.hub
    whole = pages_of(hub, clean)

    async def goes_on(pages: int) -> None:
        began = time.monotonic()
        await more_read(network, pages, whole, since)
        progress(f"{pages} more pages of the hub within {time.monotonic() - began:.1f} s")

    async with fresh_cluster(servers, folder, network, (GATEWAY_0, INGEST_0, INGEST_1)) as cluster:
        request_id = await ask_hub(cluster, network)
        for fall in FALLS * rounds:
            await goes_on(1)
            fell_at = time.monotonic()
            ready_at = await fall(servers, goes_on)
            await goes_on(1)
            after = resumed_after_s(network, hub, ready_at)
            progress(f"{fall.__name__}: back after {ready_at - fell_at:.1f} s, the hub went on {after:.1f} s later")
            assert after <= RESUMES_WITHIN_S
        await network.trouble()
        await finish(cluster, request_id, AT_MOST_S)
        return await outcome(cluster, network, since, kills=len(FALLS) * rounds)
