"""From a fact on its topic to a screen, over the bus; and from any replica on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.kafka.bus import Bus
from stellarmap_common.adapters.kafka.embedded.bus import open_embedded_bus
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import ChangeReason, ChangeType, StandingStep
from stellarmap_common.domain.status import StageState
from stellarmap_common.events.base import fact_id
from stellarmap_common.events.facts import ChildrenRecorded, StageExecuted
from stellarmap_common.events.requests import RequestCompleted
from stellarmap_common.events.standings import StandingChanged
from stellarmap_common.observability.metrics import open_metrics
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_gateway.handlers import Projector
from stellarmap_gateway.service import subscriptions
from tests.support.gateway import NOW, Site, address, open_site
from tests.support.streams import streaming
from tests.support.system import until

EVENTS = "/api/v1/events"


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    opened = open_embedded_bus(
        tmp_path / "log.sqlite",
        clock=SystemClock(),
        metrics=open_metrics(CollectorRegistry()),
        accepts=lambda _: True,
    )
    async with opened as running:
        await running.apply_topics()
        yield running


async def counted(bus: Bus, site: Site, page: int) -> None:
    """A page of children was stored."""
    network, account = site.network().key, address("hub")
    event_id = fact_id(ChildrenRecorded.type, network, account, page)
    await bus.publisher.publish(
        ChildrenRecorded(id=event_id, network=network, creator=account, page=page, total=page * 200)
    )


def exited(site: Site, account: Address) -> StandingChanged:
    """The account fell below the lowest threshold."""
    return StandingChanged(
        id="x",
        network=site.network().key,
        account=account,
        change=ChangeType.EXITED,
        reason=ChangeReason.MOVED,
        steps=(StandingStep(threshold_xlm=10_000, before=None),),
        balance_stroops=1,
        ledger=2,
        at=NOW,
        cause="balance",
    )


async def test_what_the_pipeline_announces_reaches_every_screen_that_follows_it(bus: Bus, site: Site) -> None:
    network, account = site.network().key, address("hub")
    async with (
        bus.running(subscriptions(site.gateway, Projector(bus.publisher, site.gateway.searches))),
        streaming(site.app, EVENTS, network="sandbox", accounts=account) as mine,
        streaming(site.app, EVENTS, request="r") as theirs,
    ):
        await counted(bus, site, 1)
        assert (await mine.next()).data["total"] == 200
        stage = StageExecuted(
            id="s", network=network, account=account, request_id="r", stage=7, state=StageState.DONE, duration_ms=3
        )
        await bus.publisher.publish(
            stage, RequestCompleted(id="c", network=network, account=account, request_id="r", used=0, failed=0)
        )
        assert {(await mine.next()).event, (await mine.next()).event} == {"stage", "request.completed"}
        assert {(await theirs.next()).event, (await theirs.next()).event} == {"stage", "request.completed"}
        await bus.publisher.publish(exited(site, account))
        assert (await mine.next()).event == "standing"


async def test_a_client_goes_on_at_another_replica_without_a_gap(bus: Bus, site: Site) -> None:
    projector = Projector(bus.publisher, site.gateway.searches)
    async with bus.running(subscriptions(site.gateway, projector)):
        async with streaming(site.app, EVENTS) as stream:
            await counted(bus, site, 1)
            last = (await stream.next()).id
        await counted(bus, site, 2)
        async with streaming(site.app, EVENTS, last) as stream:
            assert (await stream.next()).data["total"] == 400
        async with open_site() as other:
            broadcast = [each for each in subscriptions(other.gateway, projector) if each.group is None]
            async with bus.running(broadcast):

                async def read_back() -> bool:
                    return other.gateway.feed.last == site.gateway.feed.last

                await until(read_back, within_s=20, what="reading back")
                async with streaming(other.app, EVENTS, last) as stream:
                    assert (await stream.next()).data["total"] == 400
