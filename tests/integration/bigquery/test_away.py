"""While BigQuery is away, or too slow, requests end by API within seconds; when it is back, new ones are read by it again."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import PipelineSource
from tests.support.harness_network import NetworkProcess, network_process
from tests.support.mapped import Mapped, mapped
from tests.support.measured import report
from tests.support.read_by_bigquery import differences
from tests.support.switching import reading
from tests.support.system import System, running_system, until

TOGETHER = 5
ALL_PAGES = 100_000
PATIENCE_S = 2
SECONDS = 20  # on a busy machine; each waits for its query once or twice, and is read by API then
FALLBACK = PipelineSource.BIGQUERY_WITH_API_FALLBACK
QUICK = {"bigquery_window_s": 0.1, "bigquery_timeout_s": PATIENCE_S}


def trouble(kind: str, **more: object) -> dict[str, object]:
    return {"kind": kind, "source": "bigquery", **more}


class Asking:
    """Asks for accounts that nobody has asked for."""

    def __init__(self, system: System, store: Mapped, network: NetworkProcess) -> None:
        self._system, self._store, self._network = system, store, network
        self._new: Iterator[Address] = iter(list(network.truth.accounts())[100:])

    async def some(self, count: int = TOGETHER) -> tuple[set[PipelineSource], float]:
        """By which pipelines some that are asked for now were read, as it is true, and within how many seconds."""
        began = time.monotonic()
        asked = [next(self._new) for _ in range(count)]
        requests = [await self._system.ask(address, budget=0, pages=ALL_PAGES) for address in asked]
        await asyncio.gather(*(self._system.completed(each, every_s=0.1) for each in requests if each))
        took_s = time.monotonic() - began
        assert [
            each for address in asked for each in await differences(self._store, self._network.truth, address)
        ] == []
        states = [await self._store.stores.accounts.state_of(self._store.ref(address)) for address in asked]
        return {state.pipeline_source for state in states if state}, took_s

    async def back(self) -> None:
        """Returns once one is read by BigQuery."""

        async def by_bigquery() -> bool:
            return (await self.some(1))[0] == {PipelineSource.BIGQUERY}

        await until(by_bigquery, within_s=30, what="BigQuery is used again", every_s=1, log=self._system.log)


@pytest.mark.soak  # what is refused, and fails once, is in test_refusals and test_going_on
@pytest.mark.timeout(240)
async def test_without_bigquery_requests_end_by_api_within_seconds_and_it_is_used_again_when_it_is_back(
    tmp_path: Path,
) -> None:
    data, mode = tmp_path / "data", "BIGQUERY_WITH_API_FALLBACK"
    async with (
        network_process(tmp_path / "network", accounts=2_000) as network,
        running_system(data, pipeline_mode=mode, **reading(network, **QUICK)) as system,
        mapped(data, network.spec) as store,
    ):
        await system.filled()
        asking = Asking(system, store, network)
        assert PipelineSource.BIGQUERY in (await asking.some())[0]
        taken: dict[str, float] = {}
        await network.trouble(trouble("slow_job", seconds=60))
        sources, taken["slow jobs"] = await asking.some()
        assert sources == {FALLBACK}
        await network.trouble(trouble("quota_exceeded", times=1), trouble("unavailable"))
        sources, taken["refused"] = await asking.some()
        assert sources == {FALLBACK}
        await network.trouble()
        await asking.back()
        await network.trouble(trouble("timeout", seconds=30))
        sources, taken["no answers"] = await asking.some()
        assert sources == {FALLBACK}
    report("bigquery_away", **taken)
    assert max(taken.values()) < SECONDS
