"""What is paid for is not let go: neither a job whose looks go unanswered, nor rows that cannot be read for a moment."""

import asyncio

import pytest

from stellarmap_common.errors import SourceUnavailable
from stellarmap_ingest_bigquery import query
from stellarmap_ingest_bigquery.answers import page_of
from stellarmap_sandbox.faults.fault import Fault, Kind, Source
from tests.support.guarded import Hubble
from tests.support.system import until

OF_A_JOB, OF_ROWS = "/jobs/", "/queries/"  # paths of looks at jobs, and of rows
TIMES = 2
LONG_S = 301  # longer than looks may go unanswered
SLOW = Fault(kind=Kind.SLOW_JOB, seconds=0.3, times=1)

pytestmark = pytest.mark.asyncio(loop_scope="module")


def unanswered(path: str, times: int | None = TIMES) -> Fault:
    return Fault(kind=Kind.UNAVAILABLE, source=Source.BIGQUERY, path=path, times=times)


async def test_looks_at_a_running_job_that_go_unanswered_do_not_lose_it(network: Hubble) -> None:
    network.trouble_jobs(SLOW, unanswered(OF_A_JOB))
    async with network.replica() as one:
        answer = await one.jobs.run(query.account_ledgers(network.accounts(3)))
        assert network.struck() == [1, TIMES]
        (job,) = await network.ran()
        assert (job.job_id, job.done) == (answer.job_id, True)
        assert await one.jobs.open() == ()
        assert (await one.books.spent(network.clock.now())).day == job.billed > 0


async def test_a_job_that_nobody_answers_for_is_left_open_and_gone_on_with_later(network: Hubble) -> None:
    asked = query.account_ledgers(network.accounts(3))
    network.trouble_jobs(SLOW, unanswered(OF_A_JOB, times=None))
    async with network.replica() as one:
        running = asyncio.create_task(one.jobs.run(asked))

        async def looked() -> bool:
            return network.struck()[-1:] not in ([], [0])

        await until(looked, within_s=10, what="a look at the job")
        network.clock.pass_time(LONG_S)
        with pytest.raises(SourceUnavailable):
            await asyncio.wait_for(running, 10)
        (left,) = await one.jobs.open()
        network.trouble()
        assert (await one.jobs.run(asked)).job_id == left.job_id
        assert len(await network.ran()) == 1


async def test_rows_that_cannot_be_read_for_a_moment_are_read_again(network: Hubble) -> None:
    async with network.replica() as one:
        answer = await one.jobs.run(query.account_ledgers(network.accounts(3)))
        network.trouble(unanswered(OF_ROWS))
        assert len(await page_of(answer, 0, 10)) == 3
        assert network.struck() == [TIMES]
