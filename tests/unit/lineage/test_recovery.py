"""Recovery: what somebody waits for and nobody works on is taken up, on each network by itself."""

from datetime import timedelta

from stellarmap_common.domain.network import NetworkName
from stellarmap_common.domain.status import Step
from stellarmap_common.events.requests import AccountQueued
from tests.support.lineage import NOON, Parts, open_parts


async def test_a_network_whose_source_is_down_does_not_delay_repair_on_another() -> None:
    async with open_parts() as parts:
        public, sandbox = parts.ref("account", NetworkName.PUBLIC), parts.ref("account")
        for account in (public, sandbox):
            await parts.ask(account)
        parts.bus.events.clear()  # both lose their events, but those of public may still be in the queue
        parts.bus.oldest[public.network] = NOON
        parts.clock.pass_time(180)
        await parts.lineage.recovery.run_once()
        assert recovered(parts) == {(sandbox.network, step) for step in Step}


async def test_a_step_that_may_be_in_the_queue_is_not_taken_up() -> None:
    async with open_parts() as parts:
        account = parts.ref("account")
        await parts.ask(account)
        parts.bus.events.clear()
        parts.bus.oldest[account.network] = NOON - timedelta(minutes=1)
        parts.clock.pass_time(3_600)
        await parts.lineage.recovery.run_once()
        assert recovered(parts) == set()


async def test_what_is_asked_for_does_not_lapse_while_its_network_is_away_for_days() -> None:
    async with open_parts() as parts:
        account = parts.ref("account")
        await parts.ask(account)
        parts.bus.events.clear()  # never published, and not taken up while an earlier step may be in the queue
        parts.bus.oldest[account.network] = NOON - timedelta(minutes=1)
        parts.clock.pass_time(26 * 3_600)
        await parts.ask(parts.ref("another"))
        parts.bus.events.clear()
        parts.bus.oldest.clear()
        parts.clock.pass_time(300)
        await parts.lineage.recovery.run_once()
        assert {event.account for event in parts.bus.events if isinstance(event, AccountQueued)} >= {account.address}


def recovered(parts: Parts) -> set[tuple[str, Step]]:
    return {(event.network, event.step) for event in parts.bus.events if isinstance(event, AccountQueued)}
