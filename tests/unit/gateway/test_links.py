"""What a replica remembers of chains is corrected by every fact, whoever stored it."""

import httpx
import pytest

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import AccountStatus, PipelineSource
from stellarmap_common.events.facts import ChildrenRecorded, LineageRecorded
from stellarmap_common.lineage.walk import WalkState
from stellarmap_common.ports.import_store import NetworkImport
from stellarmap_gateway.handlers import Links, Projector
from stellarmap_gateway.service import open_service, subscriptions
from stellarmap_gateway.settings import GatewaySettings
from tests.support.gateway import Site, merge, open_site


async def merged_into(site: Site, account: AccountRef) -> str | None:
    """What the chain says of the second hop."""
    walk = await site.gateway.walker.walk(account)
    assert walk.state is WalkState.GENESIS
    end = walk.hops[1].end
    return end.merged_into if end else None


async def test_a_merge_of_an_ancestor_that_another_process_stored_is_shown_at_once() -> None:
    async with open_site() as site:
        maker, account = await site.chain("maker", "account")
        links = Links(site.gateway.walker, site.gateway.creators)
        assert await merged_into(site, account) is None
        end = merge(maker, account.address, ledger=9_000)
        await site.record(ends=[end])
        page = ChildrenRecorded(
            id="page", network=account.network, creator=account.address, children=(), ends=(end,), page=1, total=0,
            complete=True, request_id="r",
        )  # fmt: skip
        await links.on_children_recorded(page)
        assert await merged_into(site, account) == account.address


async def test_the_lineage_of_an_ancestor_recorded_anew_is_shown_at_once() -> None:
    async with open_site() as site:
        maker, account = await site.chain("maker", "account")
        links = Links(site.gateway.walker, site.gateway.creators)
        assert await merged_into(site, account) is None
        end = merge(maker, account.address, ledger=9_000)
        await site.record(ends=[end])
        recorded = LineageRecorded(
            id="fact", network=maker.network, account=maker.address, lives=(), ends=(end,), unplaced=(), version=2,
            status=AccountStatus.COMPLETE, pipeline_source=PipelineSource.API, request_id="r",
        )  # fmt: skip
        await links.on_lineage_recorded(recorded)
        assert await merged_into(site, account) == account.address


async def test_a_merge_that_an_import_of_another_process_stored_is_shown_after_the_next_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(GatewaySettings, "load", GatewaySettings.model_construct)
    async with open_site() as site, open_service(site.gateway.resources) as service:
        (look,) = (loop.run_once for loop in service.loops if loop.name == "imports")
        maker, account = await site.chain("maker", "account")

        async def shown() -> object:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(service.app), base_url="http://localhost"
            ) as api:
                answer = await api.get(site.path(account, "/lineage"))
            assert answer.is_success, answer.text
            return answer.json()["ancestors"][0]["merged_into"]

        await look()
        assert await shown() is None
        state = NetworkImport(network=account.network, source="file", rows=1)
        await site.stores.imports.keep(state, ends=[merge(maker, account.address, ledger=9_000)])
        assert await shown() is None, "it is remembered: a read is spared"
        await look()
        assert await shown() == account.address


async def test_every_replica_follows_both_facts_in_full() -> None:
    async with open_site() as site:
        rows = subscriptions(site.gateway, Projector(site.published, site.gateway.searches))
        broadcast = {row.topic.event for row in rows if row.group is None}
        assert {LineageRecorded, ChildrenRecorded} <= broadcast
