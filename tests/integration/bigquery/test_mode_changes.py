"""The mode changes while a thousand requests wait: each ends by the mode in force when it is handled, and none is lost."""

import random
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stellarmap_common.domain.status import AccountStatus, PipelineSource
from tests.support.harness_network import network_process
from tests.support.mapped import Mapped, mapped
from tests.support.read_by_bigquery import differences
from tests.support.switching import configure, in_force_after, reading
from tests.support.system import System, running_system, until

ASKED = 1_000
ALL_PAGES = 100_000
A_PART = 120  # accounts that are mapped in each mode, at least
GRACE_S = 5.0  # a change is in force within two; a step that was begun before goes on to the end of its page
MODES = ("BIGQUERY_ONLY", "BIGQUERY_WITH_API_FALLBACK", "API_ONLY")
OF_LINEAGE = re.compile(r"/horizon/accounts/\w+/")  # histories; the enricher reads the account itself, in every mode
QUICK = {"bigquery_window_s": 0.2, "log_level": "INFO"}


@dataclass(frozen=True)
class Change:
    """A mode was chosen."""

    mode: str
    at: datetime
    monotonic: float


@pytest.mark.timeout(400)
async def test_each_of_a_thousand_requests_ends_by_the_mode_in_force_and_none_is_lost(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with network_process(tmp_path / "network", accounts=6_000, hub_children=1_000) as network:
        async with (
            running_system(data, pipeline_mode="API_ONLY", **reading(network, **QUICK)) as system,
            mapped(data, network.spec) as store,
        ):
            await system.filled()
            accounts = list(network.truth.accounts())
            addresses = random.Random(3).sample(accounts, ASKED)
            answer = await system.api.post(
                "/api/v1/sandbox/requests:bulk", json={"addresses": addresses, "budget": 0, "pages": ALL_PAGES}
            )
            assert answer.is_success, answer.text
            changes = [await changed_after_a_part(system, data, store, mode) for mode in MODES]
            for each in answer.json()["queued"]:
                await system.completed(each["request_id"], within_s=300, every_s=0.5)
            for change in changes:
                assert in_force_after(system, "pipeline_mode", change.mode, since=change.at) <= 2
            states = [await store.stores.accounts.state_of(store.ref(address)) for address in addresses]
            found = [each for address in addresses for each in await differences(store, network.truth, address)]
            jobs = await store.stores.books.jobs(datetime.now(UTC), 10_000)
        only_bigquery, fallback, only_api = changes
        horizon = [each.at for each in network.asked() if OF_LINEAGE.match(each.question)]
    assert found == []
    assert {state.status for state in states if state} == {AccountStatus.COMPLETE}
    assert {state.pipeline_source for state in states if state} >= {PipelineSource.API, PipelineSource.BIGQUERY}
    # What was asked of whom, in each mode:
    until_then = fallback.monotonic
    assert [at for at in horizon if only_bigquery.monotonic + GRACE_S < at < until_then] == []
    reserved = [job.reserved_at for job in jobs]
    assert min(reserved) >= only_bigquery.at
    assert max(reserved) <= only_api.at + timedelta(seconds=GRACE_S)
    assert max(horizon) > only_api.monotonic


async def changed_after_a_part(system: System, data: Path, store: Mapped, mode: str) -> Change:
    """Changes the mode once some more accounts are mapped, while others still wait."""
    before = await store.figures()

    async def a_part() -> bool:
        figures = await store.figures()
        return figures.accounts_mapped >= before.accounts_mapped + A_PART

    await until(a_part, within_s=120, what=f"more accounts before {mode}", log=system.log, every_s=0.2)
    change = Change(mode, datetime.now(UTC), time.monotonic())
    await configure(system, data, pipeline_mode=mode)
    figures = await store.figures()
    assert figures.pending > A_PART, f"{mode} came too late: {figures}"
    return change
