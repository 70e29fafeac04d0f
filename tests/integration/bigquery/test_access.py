"""While BigQuery may not be asked at all, nobody waits for it: steps are refused with what to do, or go to Horizon."""

import pytest

from stellarmap_common.domain.status import Route, StageState, Step
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.ports.run_store import RunState
from stellarmap_ingest_bigquery import query
from stellarmap_ingest_bigquery.guard import Check, Refused
from stellarmap_sandbox.faults.fault import Fault, Kind
from tests.support.config import BIGQUERY_ONLY
from tests.support.guarded import Hubble
from tests.support.ingesting import Ingesting

DENIED = Fault(kind=Kind.ACCESS_DENIED)
TOLD = r"BigQuery refused \(accessDenied\): .*roles/bigquery\.jobUser"

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_without_access_no_job_begins_and_it_is_told_until_a_query_runs(network: Hubble) -> None:
    asked = query.account_ledgers(network.accounts(3))
    async with network.replica() as one:
        network.trouble(DENIED)
        with pytest.raises(Refused, match=TOLD) as refused:
            await one.jobs.run(asked)
        assert refused.value.check is Check.ACCESS
        assert one.counted("cost_guard_refusals", check=Check.ACCESS) == 1
        assert await network.ran() == []
        assert await one.jobs.open() == ()
        assert one.trouble == str(refused.value)
        network.trouble()
        await one.jobs.run(asked)
        assert one.trouble is None


async def test_a_start_that_is_refused_is_told_until_a_query_runs_and_holds_no_bytes(network: Hubble) -> None:
    asked = query.account_ledgers(network.accounts(3))
    async with network.replica() as one:
        network.trouble_jobs(DENIED)  # its dry run is allowed
        with pytest.raises(Refused, match=TOLD) as refused:
            await one.jobs.run(asked)
        assert one.trouble == str(refused.value)
        assert await one.jobs.open() == ()
        assert (await one.books.spent(network.clock.now())).day == 0
        network.trouble()
        await one.jobs.estimate(asked)
        assert one.trouble == str(refused.value), "a dry run was allowed before, too"
        await one.jobs.run(asked)
        assert one.trouble is None


@pytest.mark.parametrize("step", Step)
async def test_by_bigquery_alone_the_step_is_refused_with_what_to_do_and_a_retry_is_answered(
    network: Hubble, step: Step
) -> None:
    (account,) = network.accounts(1, first=40)
    async with network.replica(pipeline_mode=BIGQUERY_ONLY) as one:
        ingesting = Ingesting(one, network)
        network.trouble(DENIED)
        await ingesting.handled(account, step)
        run = await ingesting.run_of(account, step)
        assert (run.state, run.progress.refusal) == (RunState.FAILED, one.trouble)
        if step is Step.CREATOR:
            stage = await ingesting.stage(account, 1)
            assert (stage.state, stage.error, stage.detail["refusal"]) == (StageState.FAILED, one.trouble, one.trouble)
        network.trouble()
        await ingesting.handled(account, step, retry=True)
        run = await ingesting.run_of(account, step)
        assert (run.state, run.progress.complete, run.progress.refusal) == (RunState.FINISHED, True, None)


async def test_in_fallback_mode_the_step_goes_to_horizon_with_the_reason(network: Hubble) -> None:
    (account,) = network.accounts(1, first=40)
    async with network.replica() as one:
        network.trouble(DENIED)
        told = await Ingesting(one, network).handled(account, Step.CREATOR)
        (handed,) = [each for each in told if isinstance(each, AccountRequested)]
        assert (handed.route, handed.refusal) == (Route.API, one.trouble)


async def test_what_no_query_is_needed_for_is_answered_while_bigquery_is_off(network: Hubble) -> None:
    async with network.replica(pipeline_mode=BIGQUERY_ONLY, bigquery_enabled=False) as one:
        ingesting = Ingesting(one, network)
        await ingesting.handled(one.network.genesis.address, Step.CREATOR)
        run = await ingesting.run_of(one.network.genesis.address, Step.CREATOR)
        assert (run.state, run.progress.complete, run.progress.refusal) == (RunState.FINISHED, True, None)
