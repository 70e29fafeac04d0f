"""A creator of 250,000 accounts, read by BigQuery end to end in one process."""

import asyncio
import time
from pathlib import Path

import pytest

from stellarmap_common.domain.creation import CreationKind
from tests.support.harness_log import told_in
from tests.support.harness_network import network_process
from tests.support.mapped import mapped
from tests.support.measured import cpu_s, report, resident_mib
from tests.support.read_by_bigquery import differences
from tests.support.switching import children_read, reading
from tests.support.system import running_system

CHILDREN = 250_000
BAR_MIB = 300
LOOK_S = 0.2


async def most_resident(pid: int) -> float:
    """Looks until it is cancelled; then it gives the most that was seen."""
    most = 0.0
    try:
        while True:
            most = max(most, resident_mib(pid))
            await asyncio.sleep(LOOK_S)
    except asyncio.CancelledError:
        return most


@pytest.mark.timeout(1_200)
async def test_a_hub_of_250_000_children_is_stored_in_full_within_300_mib(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with network_process(tmp_path / "network", accounts=280_000, hub_children=CHILDREN) as network:
        settings = reading(network, pipeline_mode="BIGQUERY_ONLY", bigquery_timeout_s=55)
        async with running_system(data, **settings) as system:
            pid = system.process.pid
            before, used_s, began = resident_mib(pid), cpu_s(pid), time.perf_counter()
            looking = asyncio.create_task(most_resident(pid))
            request_id = await system.ask(network.hub, pages=100_000, budget=0)
            await system.completed(request_id, within_s=900, every_s=0.2)
            took_s, used_s = time.perf_counter() - began, cpu_s(pid) - used_s
            looking.cancel()
            grown = await looking - before
        async with mapped(data, network.spec) as store:
            assert [each[:400] for each in await differences(store, network.truth, network.hub)] == []
            total = (await children_read(store, network.hub)).total
        created = {
            each.account for each in network.truth.children(network.hub) if each.kind is CreationKind.CREATE_ACCOUNT
        }
        told = told_in(data)
    report("bigquery_hub", took_s=took_s, cpu_s=used_s, grown_mib=grown, bar_mib=BAR_MIB, children=total)
    assert told.contradictions == []
    assert {account for creator, _, account in told.children if creator == network.hub} == created
    assert total == len(created) > 0.99 * CHILDREN
    assert grown <= BAR_MIB
