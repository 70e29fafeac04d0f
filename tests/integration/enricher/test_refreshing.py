"""What is large or was looked at lately is read again when it has become old, as far as the limit leaves room."""

from datetime import timedelta
from typing import Any

import pytest

from stellarmap_common.domain.profile import EnrichmentReason
from stellarmap_common.domain.standing import ChangeReason, ChangeType, Standing, StandingStep
from stellarmap_common.events.enrichment import EnrichmentRequested
from stellarmap_common.events.standings import StandingChanged
from stellarmap_common.runtime.service import Loop
from tests.integration.enricher.test_strange_accounts import rich
from tests.support.config import config_of
from tests.support.enriching import Enriched, enriching
from tests.support.replay import Replay
from tests.support.sources import network_at
from tests.support.stores import address

LARGE, SMALL, SEEN = (address(name) for name in ("large", "small", "seen"))
ACCOUNTS: dict[str, Any] = {LARGE: rich(10_000, 100), SMALL: rich(9_999, 100), SEEN: rich(5, 100)}


def refresh(system: Enriched) -> Loop:
    (loop,) = (loop for loop in system.services[0].loops if loop.name == "refresh")
    return loop


async def due(system: Enriched) -> list[str]:
    """Which accounts a turn asks for."""
    before = len(system.queue.published)
    await refresh(system).run_once()
    asked = [event for event in system.queue.published[before:] if isinstance(event, EnrichmentRequested)]
    assert all(event.reason is EnrichmentReason.PERIODIC for event in asked)
    names = {LARGE: "large", SMALL: "small", SEEN: "seen"}
    return sorted(names[event.account] for event in asked)


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox closes no ledger, so its accounts are read as seldom as those of any network."""
    monkeypatch.setenv("STELLARMAP_SANDBOX_LEDGER_S", "0")


@pytest.mark.usefixtures("frozen")
async def test_large_ones_and_those_seen_lately_are_read_again_when_they_are_old() -> None:
    async with enriching(Replay(accounts=dict(ACCOUNTS))) as system:
        await system.enrich(*ACCOUNTS)
        await system.stores.profiles.view(system.ref(SEEN), system.clock.now())
        assert await due(system) == []
        system.clock.at += timedelta(hours=1)
        assert await due(system) == ["seen"]
        assert await due(system) == ["seen"]  # under the same id: whoever handles the second finds it done
        assert len({event.id for event in list(system.queue.waiting)}) == 1
        await system.work_off()
        assert await due(system) == []
        system.clock.at += timedelta(hours=6)
        assert await due(system) == ["large", "seen"]
        await system.work_off()
        system.clock.at += timedelta(hours=30)
        assert await due(system) == ["large"]  # nobody has looked at the other one for a day


async def test_large_ones_of_a_sandbox_that_lives_are_read_again_every_minute_or_two() -> None:
    async with enriching(Replay(accounts=dict(ACCOUNTS))) as system:
        await system.enrich(*ACCOUNTS)
        assert await due(system) == []
        for _ in range(3):
            system.clock.at += timedelta(seconds=61)
            assert await due(system) == ["large"]
            await system.work_off()


async def test_nothing_is_asked_for_while_the_limit_leaves_no_room() -> None:
    network = network_at(max_per_hour=240)
    async with enriching(Replay(accounts=dict(ACCOUNTS)), network=network) as system:
        system.clock.at += timedelta(minutes=10)
        await system.enrich(LARGE)
        system.clock.at += timedelta(hours=7)
        horizon = system.opened.sources.horizon(network.key)
        system.opened.sources.limiter.slow_down(network.horizon_source, 30.0)
        assert await due(system) == []
        system.clock.at += timedelta(seconds=31)
        assert await due(system) == ["large"]
        assert horizon.base_url == network.horizon_url


async def test_who_is_large_follows_the_lowest_threshold_of_now() -> None:
    now = (10_000, 100_000)
    async with enriching(
        Replay(accounts=dict(ACCOUNTS)), config=lambda: config_of(hva_supported_thresholds=now)
    ) as system:
        await system.enrich(*ACCOUNTS)
        now = (9_000, 100_000)
        for name in (LARGE, SMALL):
            for reason in (ChangeReason.THRESHOLD_CHANGED, ChangeReason.THRESHOLD_CHANGED, ChangeReason.MOVED):
                await system.queue.publish(entered(system, name, reason))
        await system.work_off()
        system.clock.at += timedelta(hours=7)
        assert await due(system) == ["large", "small"]
        now = (10_000, 100_000)
        await system.work_off()
        system.clock.at += timedelta(hours=7)
        assert await due(system) == ["large"]


async def test_who_stands_is_large_though_its_threshold_has_not_been_heard_of_yet() -> None:
    async with enriching(Replay(accounts=dict(ACCOUNTS))) as system:
        await system.enrich(*ACCOUNTS)
        await system.queue.publish(entered(system, SMALL, ChangeReason.THRESHOLD_CHANGED))
        await system.work_off()
        system.clock.at += timedelta(hours=7)
        assert await due(system) == ["large", "small"]


def entered(system: Enriched, name: str, reason: ChangeReason) -> StandingChanged:
    return StandingChanged(
        id=f"entered {name} {reason}",
        network=system.ref(name).network,
        account=system.ref(name).address,
        change=ChangeType.ENTERED,
        reason=reason,
        steps=(StandingStep(threshold_xlm=9_000, before=None),),
        after=Standing(1, 1),
        balance_stroops=1,
        ledger=100,
        at=system.clock.now(),
        cause="new thresholds",
    )
