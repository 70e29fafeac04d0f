"""Killed where a request could be left alone, by nobody's fault: recovery finds it, and nobody waits for ever."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.kafka.embedded.bus import open_embedded_bus
from stellarmap_common.domain.network import Address
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.observability.metrics import open_metrics
from stellarmap_common.runtime.clock import SystemClock
from tests.support.harness import chance, finish
from tests.support.harness_clock import HOUR, MINUTE, JumpingClock
from tests.support.harness_log import told_in
from tests.support.harness_network import NetworkProcess, network_process
from tests.support.mapped import mapped
from tests.support.system import END_S, exit_code, running_system, start_system

KILLED = -9
QUIET_S = 3 * MINUTE  # by then recovery takes a step for left alone
RECOVERIES = 3


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def network(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NetworkProcess]:
    async with network_process(tmp_path_factory.mktemp("network"), accounts=1_000) as network:
        yield network


@pytest.mark.parametrize("away_s", [pytest.param(5 * MINUTE, marks=pytest.mark.soak), 75 * HOUR])
@pytest.mark.parametrize("name", ["after_ask_opened", "after_ask_shown"])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_request_that_was_stored_and_never_published_is_answered(
    name: str, away_s: float, network: NetworkProcess, tmp_path: Path
) -> None:
    clock, data = JumpingClock(tmp_path / "clock"), tmp_path / "data"
    settings = network.settings(**clock.settings(), recovery_interval_s=1)
    asked = account(network, name)
    await killed_asking(name, asked, data, settings)
    clock.jump(away_s)
    assert await exit_code(data, failpoint="after_recovery_noted:1:kill", **settings) == KILLED
    clock.jump(away_s + QUIET_S)
    await finish(await start_system(data, **settings), await only_request(data, network))
    async with mapped(data, network.spec) as store:
        assert await store.differences(network.truth, asked) == []


@pytest.mark.asyncio(loop_scope="module")
async def test_an_ask_that_was_killed_before_it_was_stored_leaves_nothing_behind(
    network: NetworkProcess, tmp_path: Path
) -> None:
    clock, data = JumpingClock(tmp_path / "clock"), tmp_path / "data"
    settings = network.settings(**clock.settings(), recovery_interval_s=1)
    asked = account(network, "noted")
    await killed_asking("after_ask_noted", asked, data, settings)
    clock.jump(QUIET_S)
    system = await start_system(data, **settings)
    await finish(system, await system.ask(asked, budget=0))
    async with mapped(data, network.spec) as store:
        assert await store.stores.requests.open_requests(network.spec.key, limit=10) == ()
        assert await store.differences(network.truth, asked) == []


@pytest.mark.soak
@pytest.mark.asyncio(loop_scope="module")
async def test_a_request_that_nothing_could_save_is_told_so_though_killed_while_giving_up(
    network: NetworkProcess, tmp_path: Path
) -> None:
    clock, data = JumpingClock(tmp_path / "clock"), tmp_path / "data"
    settings = network.settings(**clock.settings(), recovery_interval_s=1)
    await killed_asking("after_ask_opened", account(network, "given up"), data, settings)
    request_id = await only_request(data, network)
    for turn in range(2 * RECOVERIES):  # each of its two steps is noted again, and never published
        clock.jump((turn + 1) * QUIET_S)
        assert await exit_code(data, failpoint="after_recovery_noted:1:kill", **settings) == KILLED
    clock.jump((2 * RECOVERIES + 1) * QUIET_S)
    assert await exit_code(data, failpoint="after_run_failed:1:kill", **settings) == KILLED
    clock.jump((2 * RECOVERIES + 2) * QUIET_S)
    async with running_system(data, **settings) as system:
        status = await system.completed(request_id, within_s=END_S)
    assert status["lineage"]["reason"]


@pytest.mark.parametrize("name", ["after_given_up", "after_set_aside"])
@pytest.mark.asyncio(loop_scope="module")
async def test_killed_while_a_record_is_set_aside_it_is_set_aside_and_what_is_behind_it_goes_on(
    name: str, network: NetworkProcess, tmp_path: Path
) -> None:
    data, asked = tmp_path / "data", account(network, name)
    async with running_system(data, **network.settings()):
        pass
    await publish(data, AccountRequested(id="of-nobody", network=network.spec.key, account=asked, request_id="nobody"))
    assert await exit_code(data, failpoint=f"{name}:1:kill", **network.settings()) == KILLED
    system = await start_system(data, **network.settings())
    await finish(system, await system.ask(asked, budget=0))
    assert len(set(told_in(data).dead)) == 1
    async with mapped(data, network.spec) as store:
        assert await store.differences(network.truth, asked) == []


def account(network: NetworkProcess, name: str) -> Address:
    """An account that has a few creators above it."""
    return network.truth.address(chance("left alone", name).randrange(200, network.truth.count()))


async def killed_asking(name: str, asked: Address, data: Path, settings: dict[str, Any]) -> None:
    """Afterwards the process has died at that point of an ask, which was never answered."""
    system = await start_system(data, failpoint=f"{name}:1:kill", **settings)
    try:
        with pytest.raises(httpx.TransportError):
            await system.ask(asked, budget=0)
        assert await asyncio.wait_for(system.process.wait(), END_S) == KILLED
    finally:
        await system.api.aclose()
        await system.kill()


async def only_request(data: Path, network: NetworkProcess) -> str:
    """The one request that is open."""
    async with mapped(data, network.spec) as store:
        (request,) = await store.stores.requests.open_requests(network.spec.key, limit=10)
    return request.ref.request_id


async def publish(data: Path, event: AccountRequested) -> None:
    """Afterwards the event stands in the log of a system that does not run."""
    metrics = open_metrics(CollectorRegistry())
    path = data / "log.sqlite"
    async with open_embedded_bus(path, clock=SystemClock(), metrics=metrics, accepts=lambda _: True) as bus:
        await bus.publisher.publish(event)
