"""Cut off anywhere, an enrichment that is read again tells what it would have told, and a redelivery tells nothing new."""

from collections.abc import Iterator

import pytest

from stellarmap_common.domain.profile import EnrichmentReason
from stellarmap_common.events.base import Event
from stellarmap_common.events.enrichment import AccountEnriched
from stellarmap_common.events.facts import LineageRecorded
from stellarmap_common.events.standings import BalanceUpdated
from stellarmap_common.observability.failpoints import FailpointHit, arm_failpoint
from stellarmap_enricher.failpoints import ENRICHMENT
from tests.integration.enricher.test_strange_accounts import OWNER, rich
from tests.support.enriching import Enriched, enriching
from tests.support.replay import Replay


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm_failpoint("")


def event_of(system: Enriched, *, kind: type[Event]) -> Event:
    ref = system.ref(OWNER)
    if kind is LineageRecorded:
        return LineageRecorded(id="recorded", network=ref.network, account=ref.address)
    return system.request(OWNER, EnrichmentReason.REPEAT_SEARCH)


async def handle(system: Enriched, event: Event) -> None:
    (subscription,) = system.subscriptions_to(event)
    await subscription.handler(event)


def facts(system: Enriched) -> dict[str, Event]:
    return {event.id: event for event in system.told(AccountEnriched) + system.told(BalanceUpdated)}


@pytest.mark.parametrize("kind", [LineageRecorded, AccountEnriched], ids=["recorded", "requested"])
@pytest.mark.parametrize("place", ENRICHMENT)
async def test_cut_off_anywhere_nothing_is_lost_and_nothing_is_told_twice_as_two(place: str, kind: type[Event]) -> None:
    async with enriching(Replay(accounts={OWNER: rich(5, 100)})) as undisturbed:
        await handle(undisturbed, event_of(undisturbed, kind=kind))
        expected = facts(undisturbed)
    async with enriching(Replay(accounts={OWNER: rich(5, 100)})) as system:
        event = event_of(system, kind=kind)
        arm_failpoint(f"{place}:1:raise")
        with pytest.raises(FailpointHit):
            await handle(system, event)
        for _ in range(3):
            await handle(system, event)
        assert set(facts(system)) == set(expected)
        assert len(expected) == 2
        assert (await system.profile(OWNER)).told


async def test_a_redelivery_publishes_nothing() -> None:
    async with enriching(Replay(accounts={OWNER: rich(5, 100)})) as system:
        for kind in (LineageRecorded, AccountEnriched):
            for _ in range(3):
                await handle(system, event_of(system, kind=kind))
        assert len(system.queue.published) == 2
