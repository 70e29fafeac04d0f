"""A hub whose route changes between two pages is stored as it is, and each of its children counted once."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import PipelineSource
from stellarmap_common.ports.run_store import Progress
from tests.support.harness_network import NetworkProcess, network_process
from tests.support.mapped import EVERY, Mapped, mapped
from tests.support.read_by_bigquery import differences
from tests.support.switching import children_read, configure, reading
from tests.support.system import running_system, until

CHILDREN = 3_000
ALL_PAGES = 100_000
QUICK = {"bigquery_window_s": 0.1, "children_page_size": 500}
BYTES = {
    "kind": "bytes_times",
    "factor": 1_000_000,
    "times": 1,
}  # of the first query: it is refused, the cheap one is not

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def network(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NetworkProcess]:
    folder = tmp_path_factory.mktemp("network")
    async with network_process(folder, accounts=2 * CHILDREN, hub_children=CHILDREN) as opened:
        yield opened


async def reached(store: Mapped, network: NetworkProcess, far: Callable[[Progress], bool]) -> Progress:
    async def there() -> Progress | None:
        progress = await children_read(store, network.hub)
        return progress if far(progress) else None

    found: Progress = await until(there, within_s=60, what="the hub is read so far")
    return found


def slow(network: NetworkProcess, route: str) -> dict[str, object]:
    path = f"/accounts/{network.hub}/payments" if route == "horizon" else "/queries/"
    return {"kind": "slow_drip", "seconds": 0.4, "source": route, "path": path}


@dataclass(frozen=True)
class Read:
    """What was stored of the hub in the end, and how far it was read at each change."""

    by_api: Progress
    by_bigquery: Progress
    progress: Progress
    stored: Sequence[Creation]
    unplaced: set[Address]
    differences: Sequence[str]


async def any_by_ledger(store: Mapped, network: NetworkProcess) -> bool:
    """A child is stored of whose creation the ledger alone is known."""
    stored = await store.stores.creations.children_of(store.ref(network.hub), EVERY, 1_000_000)
    return not all(child.exact for child in stored)


async def read_by_turns(network: NetworkProcess, data: Path, *, cheaply: bool) -> Read:
    """The hub, read by API, then by BigQuery, and by API again."""
    async with (
        running_system(data, pipeline_mode="API_ONLY", **reading(network, **QUICK)) as system,
        mapped(data, network.spec) as store,
    ):
        await system.filled()
        await network.trouble(slow(network, "horizon"))
        request_id = await system.ask(network.hub, budget=0, pages=ALL_PAGES)
        by_api = await reached(store, network, lambda so_far: so_far.pages >= 3)
        await network.trouble(*([BYTES] if cheaply else []), slow(network, "bigquery"))
        await configure(system, data, pipeline_mode="BIGQUERY_ONLY")
        by_bigquery = await reached(
            store, network, lambda so_far: so_far.total > by_api.total and is_by_bigquery(so_far)
        )
        if cheaply:  # its first page may have had those alone whose ledger is not known
            await until(lambda: any_by_ledger(store, network), within_s=60, what="a ledger of a cheap answer is stored")
        await configure(system, data, pipeline_mode="API_ONLY")
        await network.trouble()
        await system.completed(request_id, within_s=120, every_s=0.2)
        hub = store.ref(network.hub)
        made = {child.account for child in network.truth.children(network.hub)}
        return Read(
            by_api=by_api,
            by_bigquery=by_bigquery,
            progress=await children_read(store, network.hub),
            stored=await store.stores.creations.children_of(hub, EVERY, 1_000_000),
            unplaced={each for each in made if await store.stores.creations.unplaced_of(store.ref(each))},
            differences=[
                told[:400] for told in await differences(store, network.truth, network.hub, children=not cheaply)
            ],
        )


def is_by_bigquery(progress: Progress) -> bool:
    return progress.pipeline_source is PipelineSource.BIGQUERY


async def test_by_api_then_by_bigquery_and_back_no_child_is_lost_or_counted_twice(
    network: NetworkProcess, tmp_path: Path
) -> None:
    read = await read_by_turns(network, tmp_path / "data", cheaply=False)
    assert read.differences == []
    assert read.by_api.total < read.by_bigquery.total < read.progress.total == len(read.stored)
    assert all(child.exact for child in read.stored)


async def test_the_same_with_cheap_answers_which_tell_ledgers_alone(network: NetworkProcess, tmp_path: Path) -> None:
    read = await read_by_turns(network, tmp_path / "data", cheaply=True)
    truth = network.truth.children(network.hub)
    assert read.differences == []
    assert read.by_api.total < read.by_bigquery.total < read.progress.total == len(read.stored)
    assert not all(child.exact for child in read.stored)
    assert read.unplaced  # created several times, when is not told: such come first, whatever was read before
    assert {child.account for child in read.stored} | read.unplaced == {child.account for child in truth}
    found = Counter((child.account, int(child.ledger)) for child in read.stored)
    assert not found - Counter((child.account, child.ledger) for child in truth)
