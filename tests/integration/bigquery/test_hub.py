"""A creator of very many, read by BigQuery page by page: stored in full, and each page told in full, whatever happens."""

from collections import Counter
from collections.abc import Collection
from pathlib import Path

import msgspec
import pytest

from stellarmap_common.domain.creation import CreationKind
from stellarmap_common.domain.network import Address
from stellarmap_common.lineage.announce import CHILDREN_TOLD
from tests.support.harness_log import Told, told_in
from tests.support.harness_network import network_process
from tests.support.mapped import mapped
from tests.support.read_by_bigquery import differences
from tests.support.switching import children_read, reading
from tests.support.system import exit_code, running_system, start_system

CHILDREN = 20_000
PAGE = 2_000
ALL_PAGES = 100_000
KILLED = -9
KILLS = ("before_settle:1", "after_store:2", "after_cursor:3", "after_facts_published:1")


@pytest.mark.timeout(300)
async def test_a_hub_of_twenty_thousand_is_stored_and_told_in_full_though_it_is_killed_on_the_way(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    async with network_process(tmp_path / "network", accounts=CHILDREN * 6 // 5, hub_children=CHILDREN) as network:
        settings = reading(network, pipeline_mode="BIGQUERY_ONLY", children_page_size=PAGE, bigquery_window_s=0.1)
        system = await start_system(data, **settings)
        request_id = await system.ask(network.hub, budget=0, pages=ALL_PAGES)
        await system.api.aclose()
        await system.kill()
        for failpoint in KILLS:
            assert await exit_code(data, failpoint=f"{failpoint}:kill", **settings) == KILLED
        async with running_system(data, **settings) as again:
            await again.completed(request_id, within_s=200, every_s=0.2)
        async with mapped(data, network.spec) as store:
            found = [each[:400] for each in await differences(store, network.truth, network.hub)]
            progress = await children_read(store, network.hub)
        made = network.truth.children(network.hub)
    created = {
        child.account for child in made if child.kind is CreationKind.CREATE_ACCOUNT
    }  # Hubble tells of no others
    assert found == []
    assert len(created) == progress.total > 0.99 * CHILDREN
    assert (progress.complete, progress.exact) == (True, False), "contracts made others, so these are at least"
    assert_told_in_full(told_in(data), network.hub, created)


def assert_told_in_full(told: Told, hub: Address, created: Collection[Address]) -> None:
    """Each child of the hub was told, in events of a size that a broker takes, and no event of one id with two contents."""
    events = [msgspec.json.decode(content) for contents in told.contents.values() for content in contents]
    pages = [each.get("children", ()) for each in events if each.get("creator") == hub and "page" in each]
    assert told.contradictions == []
    assert max(map(len, pages)) <= CHILDREN_TOLD
    assert Counter(child["account"] for page in pages for child in page) == Counter(created)
