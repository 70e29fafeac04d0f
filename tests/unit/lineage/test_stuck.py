"""Stuck accounts: what makes no progress is found and mended at an operator's word; what waits, or has ended, is left alone."""

from datetime import timedelta

import pytest

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import AccountStatus, Step
from stellarmap_common.events.requests import AccountQueued
from stellarmap_common.lineage.recovery import MOST_RECOVERIES
from stellarmap_common.lineage.status import Statuses
from stellarmap_common.lineage.stuck import Done, Outcome, Summary
from stellarmap_common.ports.config import Config
from stellarmap_common.ports.request_store import Request
from stellarmap_common.ports.run_store import Progress, RunRef, RunState
from tests.support.config import config_of
from tests.support.lineage import NOON, Parts, open_parts


async def processing(parts: Parts, name: str) -> tuple[AccountRef, Request]:
    """An account whose creator step was taken and never came back."""
    account = parts.ref(name)
    request = await parts.ask(account)
    lease = parts.clock.now() + timedelta(seconds=60)
    await parts.run(account, Step.CREATOR, holder="an event", lease_until=lease)
    await Statuses(parts.stores, parts.clock).follow(account, request.ref.request_id)
    parts.bus.events.clear()
    return account, request


def only(summary: Summary) -> Outcome:
    (outcome,) = summary.outcomes
    return outcome


def requeued(parts: Parts) -> list[tuple[AccountRef, Step]]:
    return [(event.ref, event.step) for event in parts.bus.events if isinstance(event, AccountQueued)]


async def test_a_stale_account_is_error_and_nobody_holds_its_run() -> None:
    async with open_parts() as parts:
        account, _ = await processing(parts, "stale")
        parts.clock.pass_time(31 * 60 + 60)
        outcome = only(await parts.lineage.stuck.reset_stale(account.network))
        assert (outcome.account, outcome.done, outcome.since) == (account, Done.RESET, NOON + timedelta(seconds=60))
        state = await parts.stores.accounts.state_of(account)
        run = await parts.stores.runs.run_of(RunRef(account, Step.CREATOR))
        assert state
        assert run
        assert (state.status, run.holder, run.lease_until) == (AccountStatus.ERROR, "", None)
        assert state.last_error == "no progress since 2026-11-01 12:01:00 UTC; reset by an operator"
        await parts.lineage.recovery.run_once()
        assert (account, Step.CREATOR) in requeued(parts)


@pytest.mark.parametrize("way", ["reset_stale", "recover"])
async def test_a_dry_run_tells_the_same_and_changes_nothing(way: str) -> None:
    async with open_parts() as parts:
        account, _ = await processing(parts, "stale")
        parts.clock.pass_time(3_600)
        before = (
            await parts.stores.accounts.state_of(account),
            await parts.stores.runs.run_of(RunRef(account, Step.CREATOR)),
        )
        mend = getattr(parts.lineage.stuck, way)
        dry = await mend(account.network, dry_run=True)
        after = (
            await parts.stores.accounts.state_of(account),
            await parts.stores.runs.run_of(RunRef(account, Step.CREATOR)),
        )
        assert (before, requeued(parts)) == (after, [])
        assert dry.outcomes == (await mend(account.network)).outcomes


async def test_a_crawl_that_reads_page_after_page_is_not_stale_however_long_it_takes() -> None:
    async with open_parts() as parts:
        account, _ = await processing(parts, "hub")
        for _ in range(8):
            parts.clock.pass_time(10 * 60)
            await parts.run(account, Step.CREATOR, holder="the next event", lease_until=parts.clock.now())
        assert (await parts.lineage.stuck.reset_stale(account.network)).outcomes == ()
        assert (await parts.lineage.stuck.recover(account.network)).outcomes == ()


async def test_what_may_still_be_in_the_queue_is_not_stuck() -> None:
    async with open_parts() as parts:
        account, _ = await processing(parts, "held")
        waiting = parts.ref("waiting")
        await parts.ask(waiting)
        parts.bus.events.clear()
        parts.bus.oldest[account.network] = NOON
        parts.clock.pass_time(5 * 3_600)
        for mend in (parts.lineage.stuck.reset_stale, parts.lineage.stuck.recover):
            assert (await mend(account.network)).outcomes == ()
        parts.bus.oldest[account.network] = parts.clock.now()
        assert {outcome.account for outcome in (await parts.lineage.stuck.recover(account.network)).outcomes} == {
            account,
            waiting,
        }


async def test_an_account_pending_for_two_hours_is_asked_for_again_even_a_week_after_its_request() -> None:
    async with open_parts() as parts:
        account = parts.ref("forgotten")
        request = await parts.ask(account)
        parts.bus.events.clear()
        parts.clock.pass_time(7_000)
        assert (await parts.lineage.stuck.recover(account.network)).outcomes == ()
        parts.clock.pass_time(7 * 86_400)
        outcome = only(await parts.lineage.stuck.recover(account.network))
        assert (outcome.done, outcome.request_ids) == (Done.REQUEUED, (request.ref.request_id,))
        assert set(requeued(parts)) == {(account, step) for step in Step}


async def test_after_three_times_a_step_is_given_up_and_whoever_waited_is_told() -> None:
    async with open_parts() as parts:
        account, request = await processing(parts, "hopeless")
        found = []
        for _ in range(MOST_RECOVERIES + 1):
            parts.clock.pass_time(3_600)
            found.append(only(await parts.lineage.stuck.recover(account.network)).done)
        assert found == [Done.REQUEUED] * MOST_RECOVERIES + [Done.GIVEN_UP]
        state = await parts.stores.accounts.state_of(account)
        ended = await parts.stores.requests.request(request.ref)
        assert state
        assert ended
        assert (state.status, ended.completed) == (AccountStatus.FAILED, True)


async def test_what_was_reset_is_taken_up_by_recover_stuck() -> None:
    async with open_parts() as parts:
        account, _ = await processing(parts, "reset")
        parts.clock.pass_time(2 * 86_400)
        await parts.lineage.stuck.reset_stale(account.network)
        outcome = only(await parts.lineage.stuck.recover(account.network))
        assert (outcome.status, outcome.done) == (AccountStatus.ERROR, Done.REQUEUED)


async def test_an_account_that_nobody_waits_for_is_let_go() -> None:
    async with open_parts() as parts:
        account, request = await processing(parts, "left")
        await parts.stores.requests.finish(request.ref, completed_at=NOON)
        await parts.stores.runs.forget(RunRef(account, Step.CREATOR), request.ref.request_id)
        parts.clock.pass_time(3_600)
        assert only(await parts.lineage.stuck.recover(account.network)).done is Done.SETTLED
        state = await parts.stores.accounts.state_of(account)
        run = await parts.stores.runs.run_of(RunRef(account, Step.CREATOR))
        assert state
        assert run
        assert state.status is AccountStatus.FAILED
        assert run.state is not RunState.OPEN
        assert requeued(parts) == []


async def test_what_has_ended_is_never_touched() -> None:
    async with open_parts() as parts:
        account, request = await processing(parts, "ended")
        for step in Step:
            await parts.run(account, step, state=RunState.FINISHED, progress=Progress(complete=True, pages=1))
        await Statuses(parts.stores, parts.clock).follow(account, request.ref.request_id)
        parts.clock.pass_time(86_400)
        before = await parts.stores.accounts.state_of(account)
        assert before
        assert before.status is AccountStatus.COMPLETE
        for mend in (parts.lineage.stuck.reset_stale, parts.lineage.stuck.recover):
            assert (await mend(account.network)).outcomes == ()
        assert await parts.stores.accounts.state_of(account) == before


async def test_after_how_long_an_account_is_stuck_may_change_at_run_time() -> None:
    minutes = 30

    def config() -> Config:
        return config_of(stuck_processing_minutes=minutes, stuck_pending_minutes=120)

    async with open_parts(config) as parts:
        account, _ = await processing(parts, "stale")
        parts.clock.pass_time(10 * 60)
        stuck = parts.lineage.stuck
        assert (await stuck.reset_stale(account.network, dry_run=True)).outcomes == ()
        assert stuck.soonest == timedelta(minutes=30)
        minutes = 5
        assert stuck.soonest == timedelta(minutes=5)
        assert only(await stuck.recover(account.network, dry_run=True)).account == account
        assert only(await stuck.reset_stale(account.network)).done is Done.RESET
