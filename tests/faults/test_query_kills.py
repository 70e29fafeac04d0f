"""Killed in the middle of a query, or with a BigQuery that fails, nothing is paid twice and no byte is lost from the books."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from stellarmap_common.domain.network import Address
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_ingest_bigquery.failpoints import QUERY
from tests.support.guarded import RanJob, asked_again, jobs_at
from tests.support.harness import ASK_S, KILLED, chance, progress
from tests.support.harness_log import told_in
from tests.support.harness_network import NetworkProcess, network_process
from tests.support.mapped import mapped
from tests.support.read_by_bigquery import differences
from tests.support.system import System, exit_code, running_system, start_system, until

FEW, MANY = 12, 200
SETTLED_S = 120  # jobs that were never begun are settled after a minute
ALL_PAGES = 100_000

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def network(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NetworkProcess]:
    async with network_process(tmp_path_factory.mktemp("network"), accounts=3_000) as network:
        yield network


def settings(network: NetworkProcess, mode: str, **more: object) -> dict[str, Any]:
    return network.settings(
        bigquery_url_sandbox=f"{network.url}/bigquery",
        pipeline_mode=mode,
        bigquery_window_s=0.5,
        open_requests=1_000,
        **more,
    )


def some(network: NetworkProcess, count: int, *plan: object) -> list[Address]:
    numbers = chance(*plan).sample(range(1, network.truth.count()), count)
    return [network.truth.address(number) for number in numbers]


async def ask_all(system: System, addresses: Sequence[Address]) -> list[str]:
    """The requests for the lineages of the accounts, their own children too."""
    asked = await asyncio.gather(*(system.ask(each, budget=0, pages=ALL_PAGES) for each in addresses))
    return [request for request in asked if request]


async def all_ended(system: System, requests: Sequence[str], within_s: float = ASK_S) -> list[Any]:
    return await asyncio.gather(*(system.completed(each, within_s=within_s, every_s=0.3) for each in requests))


async def nothing_open(system: System) -> None:
    """Returns once every job is settled."""

    async def settled() -> bool:
        return not (await system.get("/usage"))["bigquery"]["open"]

    await until(settled, within_s=SETTLED_S, what="every job settled", log=system.log, every_s=0.5)


async def ran_since(network: NetworkProcess, before: Sequence[RanJob]) -> list[RanJob]:
    """The jobs that were begun after those."""
    known = {job.job_id for job in before}
    return [job for job in await jobs_at(network.url) if job.job_id not in known]


async def assert_booked(
    data: Path, network: NetworkProcess, jobs: Sequence[RanJob], accounts: Sequence[Address]
) -> None:
    """The books hold what was billed, job by job, and nothing else; what is mapped is true."""
    async with mapped(data, network.spec) as store:
        now = SystemClock().now()
        booked = {job.job_id: job.billed for job in await store.stores.books.jobs(now, 10_000) if job.billed}
        assert booked == {job.job_id: job.billed for job in jobs if job.billed}
        assert (await store.stores.books.spent(now)).month == sum(job.billed for job in jobs)
        found = [each for one in accounts for each in await differences(store, network.truth, one)]
    assert found == []


@pytest.mark.parametrize("times", [1, *(pytest.param(times, marks=pytest.mark.soak) for times in (2, 3, 5))])
async def test_killed_at_each_failpoint_of_a_query_it_is_paid_once_and_booked(
    times: int, network: NetworkProcess, tmp_path: Path
) -> None:
    data, before = tmp_path / "data", await jobs_at(network.url)
    own = settings(network, "BIGQUERY_ONLY")
    addresses = some(network, FEW, "query kills", times)
    first, *others = QUERY
    system = await start_system(data, failpoint=f"{first}:{times}:kill", **own)
    try:
        requests = await ask_all(system, addresses)
        assert await asyncio.wait_for(system.process.wait(), ASK_S) == KILLED
    finally:
        await system.api.aclose()
        await system.kill()
    for name in others:
        progress(f"{name}, passed {times} times")
        assert await exit_code(data, failpoint=f"{name}:{times}:kill", **own) == KILLED, name
    async with running_system(data, **own) as system:
        ended = await all_ended(system, requests)
        await nothing_open(system)
    assert {each["status"] for each in ended} == {"COMPLETE"}
    jobs = await ran_since(network, before)
    assert asked_again(jobs) == []
    await assert_booked(data, network, jobs, addresses)


TROUBLES: tuple[dict[str, object], ...] = (
    {"kind": "unavailable", "source": "bigquery", "share": 0.1},
    {"kind": "timeout", "source": "bigquery", "share": 0.02, "seconds": 12},
    {"kind": "reset", "source": "bigquery", "share": 0.1},
    {"kind": "truncated_json", "source": "bigquery", "share": 0.1},
    {"kind": "quota_exceeded", "share": 0.1},
    {"kind": "job_failed", "share": 0.1},
    {"kind": "slow_job", "share": 0.2, "seconds": 3},
)


@pytest.mark.soak
async def test_with_a_bigquery_that_fails_in_every_way_all_are_mapped_and_no_byte_is_lost(
    network: NetworkProcess, tmp_path: Path
) -> None:
    await mapped_in_spite_of(TROUBLES, FEW * 4, network, tmp_path / "data")


@pytest.mark.soak
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("turn", range(3))
async def test_the_same_of_many_accounts(turn: int, network: NetworkProcess, tmp_path: Path) -> None:
    await mapped_in_spite_of(TROUBLES, MANY, network, tmp_path / "data", turn)


async def mapped_in_spite_of(
    troubles: Sequence[dict[str, object]], count: int, network: NetworkProcess, data: Path, turn: int = 0
) -> None:
    before = await jobs_at(network.url)
    addresses = some(network, count, "query troubles", turn)
    async with running_system(data, **settings(network, "BIGQUERY_WITH_API_FALLBACK", bigquery_timeout_s=5)) as system:
        await network.trouble(*troubles, seed=chance("query troubles", turn).randrange(2**31))
        try:
            ended = await all_ended(system, await ask_all(system, addresses))
        finally:
            await network.trouble()
        await nothing_open(system)
    assert {each["status"] for each in ended} == {"COMPLETE"}
    assert told_in(data).dead == []
    jobs = await ran_since(network, before)
    progress(f"{len(jobs)} jobs, {sum(job.billed > 0 for job in jobs)} of them billed")
    await assert_booked(data, network, jobs, addresses)
