"""In a cluster a change holds in every service within two seconds, brokers or not; of a service that works alone, one does."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio

from stellarmap_common.runtime.admin import hash_of
from tests.support.cluster import Cluster, real_servers, running_cluster
from tests.support.harness_network import NetworkProcess, network_process
from tests.support.system import System, until

ADMIN_TOKEN = "the admin token of this cluster"
ADMIN = {"authorization": f"Bearer {ADMIN_TOKEN}"}
IN_FORCE_S = 2.0
AFTER_STOP_S = 2.0
AFTER_KILL_S = 12.0  # the lease, and a look a second
ONE, OTHER = "ingest-bigquery-0", "ingest-bigquery-1"
NAMES = ("ingest-horizon-0", "gateway-0", "gateway-1", ONE, OTHER)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def network(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NetworkProcess]:
    async with network_process(tmp_path_factory.mktemp("network"), accounts=1_000) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(network: NetworkProcess, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    settings = {**network.settings(), "admin_token_sha256": hash_of(ADMIN_TOKEN), "log_level": "INFO"}
    with real_servers(folder) as servers:
        async with running_cluster(servers, folder, NAMES, **settings) as running:
            yield running


def told(system: System, event: str, **facts: object) -> list[Any]:
    """The lines of a replica's log about an event, with these facts."""
    lines = [json.loads(line) for line in system.log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event and facts.items() <= line.items()]


async def changed(cluster: Cluster, value: int) -> dict[str, float]:
    """Changes a key at one gateway; after how many seconds each replica had it in force."""
    began = datetime.now(UTC)
    put = await cluster.running["gateway-0"].api.put(
        "/api/v1/admin/config/request_budget", json={"value": f"{value}", "changed_by": "ann"}, headers=ADMIN
    )
    assert put.status_code == httpx.codes.OK, put.text

    answered_s = (datetime.now(UTC) - began).total_seconds()

    async def seen(system: System) -> float:
        async def in_force() -> Any:
            return told(system, "config_changed", key="request_budget", now=f"{value}")

        (line,) = await until(in_force, within_s=10, what="the change", log=system.log)
        return (datetime.fromisoformat(line["timestamp"]) - began).total_seconds()

    names = list(cluster.running)
    times = dict(zip(names, await asyncio.gather(*(seen(cluster.running[name]) for name in names)), strict=True))
    print(f"answered after {answered_s:.2f} s, in force after {times}")  # noqa: T201 - the figures of this machine
    return times


async def test_a_change_is_in_force_in_every_replica_within_two_seconds(cluster: Cluster) -> None:
    for value in (11, 12, 13):
        times = await changed(cluster, value)
        assert max(times.values()) < IN_FORCE_S, times
    gateways = [await cluster.running[name].api.get("/api/v1/admin/config", headers=ADMIN) for name in NAMES[1:3]]
    values = [{each["key"]: each["value"] for each in answer.json()["keys"]} for answer in gateways]
    assert [found["request_budget"] for found in values] == ["13", "13"]


async def test_a_change_by_command_goes_the_same_way(cluster: Cluster) -> None:
    assert "batch_size is 77 (stored)" in await cluster.command("config", "set", "batch_size", "77")

    async def everywhere() -> bool:
        return all(told(system, "config_changed", key="batch_size", now="77") for system in cluster.running.values())

    await until(everywhere, within_s=IN_FORCE_S, what="the change")
    assert json.loads(await cluster.command("config", "show", "batch_size", "--json"))["source"] == "stored"
    assert "batch_size" in await cluster.command("config", "changes")


async def test_while_brokers_are_away_a_change_is_in_force_all_the_same(cluster: Cluster) -> None:
    cluster.servers.kafka.kill()
    times = await changed(cluster, 21)
    cluster.servers.kafka.spawn(None)
    await asyncio.to_thread(cluster.servers.kafka.until_ready)
    assert max(times.values()) < IN_FORCE_S, times


async def taking_over(cluster: Cluster, name: str, terms: int, within_s: float) -> float:
    """How long it took this replica to be the active one for the so-manieth time."""
    began, system = time.monotonic(), cluster.running[name]

    async def active() -> bool:
        return len(told(system, "lease_taken")) == terms

    await until(active, within_s=within_s, what=f"{name} active", log=system.log)
    return time.monotonic() - began


async def ready(cluster: Cluster, name: str) -> None:
    async def answers() -> bool:
        return (await cluster.running[name].api.get("/readyz")).is_success

    await until(answers, within_s=60, what=f"{name} ready", log=cluster.running[name].log)


async def test_one_replica_is_active_and_the_others_stand_by_ready(cluster: Cluster) -> None:
    await asyncio.gather(*(ready(cluster, name) for name in (ONE, OTHER)))
    taken = [bool(told(cluster.running[name], "lease_taken")) for name in (ONE, OTHER)]
    assert sorted(taken) == [False, True]


async def test_another_goes_on_after_a_stop_and_after_a_kill(cluster: Cluster) -> None:
    active, other = (ONE, OTHER) if told(cluster.running[ONE], "lease_taken") else (OTHER, ONE)
    assert await cluster.stop(active) == [0]
    after_stop = await taking_over(cluster, other, 1, AFTER_STOP_S)
    await cluster.start(active)
    await ready(cluster, active)
    before = len(told(cluster.running[active], "lease_taken"))
    await ready(cluster, other)
    await cluster.kill(other)
    after_kill = await taking_over(cluster, active, before + 1, AFTER_KILL_S)
    print(f"another went on {after_stop:.2f} s after a stop, {after_kill:.2f} s after a kill")  # noqa: T201 - figures
    await cluster.start(other)
    await ready(cluster, other)


async def test_one_that_was_held_up_for_longer_than_its_lease_ends_when_it_goes_on(cluster: Cluster) -> None:
    counts = {name: len(told(cluster.running[name], "lease_taken")) for name in (ONE, OTHER)}
    times = {
        name: max((line["timestamp"] for line in told(cluster.running[name], "lease_taken")), default="")
        for name in counts
    }
    active, other = sorted(counts, key=lambda name: times[name], reverse=True)
    cluster.pause(active)
    await taking_over(cluster, other, counts[other] + 1, AFTER_KILL_S)
    cluster.resume(active)
    system = cluster.running.pop(active)
    assert await asyncio.wait_for(system.process.wait(), 15) == 1
    await system.api.aclose()
    assert "another replica may be active" in system.log.read_text()
    await ready(cluster, other)
