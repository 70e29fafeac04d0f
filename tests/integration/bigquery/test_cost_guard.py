"""No job begins that the cost guard does not let through; what is billed is in the books, in its day, whatever happens."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.ports.book_store import BookStore, QueryJob, Spent
from stellarmap_ingest_bigquery import query
from stellarmap_ingest_bigquery.guard import GIB, MIB, Check, Refused, most_billed
from stellarmap_sandbox.faults.fault import Fault, Kind, Source
from tests.support.guarded import Guarded, Hubble
from tests.support.system import until

LAST = datetime(2026, 11, 30, 23, 59, 50, tzinfo=UTC)  # of a day and of a month
SECOND = timedelta(seconds=1)
ALL = 10**15

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def spend(one: Guarded, at: datetime, size: int) -> None:
    """Afterwards so much is spent."""
    job = QueryJob(job_id=f"spent-{at}", query="lives", network=one.network.key, reserved_at=at, reserved=size)
    assert await one.books.reserve(job, daily=ALL, monthly=ALL) is None
    assert await one.books.settle(job, size, at)


async def reserve(one: Guarded, asked: query.Query, at: datetime) -> QueryJob:
    """A job as a process leaves it that is killed before it begins it."""
    job = QueryJob(
        job_id=f"stellarmap_{asked.key}_{int(at.timestamp() * 1_000)}",
        query=asked.name,
        network=one.network.key,
        reserved_at=at,
        reserved=most_billed(await one.api.estimate(asked), len(asked.tables)),
        accounts=asked.about,
    )
    assert await one.books.reserve(job, daily=ALL, monthly=ALL) is None
    return job


async def ended(network: Hubble) -> bool:
    return any(job.done for job in await network.ran())


@pytest.mark.parametrize(
    ("check", "limits", "spent", "told"),
    [
        (Check.DISABLED, {"bigquery_enabled": False}, 0, "bigquery_enabled is false"),
        (Check.NETWORK, {"bigquery": False}, 0, "needs STELLARMAP_BIGQUERY_PROJECT"),
        (Check.SIZE, {"size_limit_mb": 100}, 0, r"would read \d\d\d MiB; size_limit_mb allows 100"),
        (Check.PRICE, {"cost_limit_usd": 0.001}, 0, r"would cost \$0.00\d \(\d+ MiB\); cost_limit_usd allows \$0.001"),
        (
            Check.DAY,
            {"daily_limit_gb": 2},
            2 * GIB,
            r"up to 0.87 GiB; 2.00 of 2 GiB \(daily_limit_gb\) are spent today",
        ),
        (Check.MONTH, {"monthly_limit_gb": 2}, 2 * GIB, r"2.00 of 2 GiB \(monthly_limit_gb\) are spent this month"),
    ],
)
async def test_over_a_limit_no_job_begins_and_the_refusal_names_estimate_and_limit(
    network: Hubble, check: Check, limits: dict[str, Any], spent: int, told: str
) -> None:
    async with network.replica(**limits) as one:
        if spent:
            await spend(one, network.clock.now(), spent)
        with pytest.raises(Refused, match=told) as refused:
            await one.jobs.run(query.account_ledgers(network.accounts(3)))
        assert refused.value.check is check
        assert await network.ran() == []
        assert await one.books.open_jobs(network.clock.now()) == ()
        assert await one.books.spent(network.clock.now()) == Spent(spent, spent)
        assert one.counted("cost_guard_refusals", check=check) == 1


async def test_within_the_limits_what_is_billed_is_booked_and_told_once(network: Hubble) -> None:
    asked = query.account_ledgers(network.accounts(3))
    async with network.replica() as one:
        await one.jobs.run(asked)
        await one.jobs.settle_left()
        (job,) = await network.ran()
        assert 0 < job.billed == one.counted("bigquery_bytes", query=asked.name)
        assert await one.books.spent(network.clock.now()) == Spent(job.billed, job.billed)
        (settled,) = await one.books.jobs(network.clock.now(), 10)
        assert (settled.job_id, settled.billed) == (job.job_id, job.billed)
        assert job.billed <= settled.reserved


async def test_what_is_refused_today_and_this_month_runs_after_midnight(network: Hubble) -> None:
    asked = query.account_ledgers(network.accounts(3))
    network.clock.set(LAST)
    async with network.replica(daily_limit_gb=1, monthly_limit_gb=1) as one:
        await spend(one, LAST - timedelta(hours=1), GIB)
        with pytest.raises(Refused):
            await one.jobs.run(asked)
        network.clock.set(LAST + 20 * SECOND)
        await one.jobs.run(asked)
        billed = await network.billed()
        assert await one.books.spent(LAST) == Spent(GIB, GIB)
        assert await one.books.spent(LAST + 20 * SECOND) == Spent(billed, billed)


async def test_a_job_that_runs_over_midnight_is_settled_in_the_day_and_month_it_was_reserved_in(
    network: Hubble,
) -> None:
    network.clock.set(LAST)
    network.trouble_jobs(Fault(kind=Kind.SLOW_JOB, seconds=0.5, times=1))
    async with network.replica() as one:
        running = asyncio.create_task(one.jobs.run(query.account_ledgers(network.accounts(3))))
        await until(network.ran, within_s=10, what="a job", every_s=0.01)
        reserved = await one.books.spent(LAST)
        assert reserved.day > 0
        network.clock.set(LAST + 20 * SECOND)
        await running
        billed = await network.billed()
        assert await one.books.spent(LAST) == Spent(billed, billed)
        assert await one.books.spent(LAST + 20 * SECOND) == Spent(0, 0)
        assert await one.jobs.open() == ()


async def test_what_a_process_left_running_before_midnight_is_waited_for_after_it_and_paid_once(
    network: Hubble,
) -> None:
    asked = query.account_ledgers(network.accounts(3))
    network.clock.set(LAST)
    async with network.replica() as one:
        left = await reserve(one, asked, LAST)
        await one.api.start(left.job_id, asked, most_bytes=left.reserved)
    network.clock.set(LAST + timedelta(minutes=20))
    async with network.replica() as other:
        answer = await other.jobs.run(asked)
        assert answer.job_id == left.job_id
        (job,) = await network.ran()
        assert await other.books.spent(LAST) == Spent(job.billed, job.billed)


async def test_what_was_reserved_and_never_begun_does_not_begin_on_another_day_without_its_limits(
    network: Hubble,
) -> None:
    """A budget would be passed by what the day before had left."""
    asked = query.account_ledgers(network.accounts(3))
    network.clock.set(LAST)
    async with network.replica() as one:
        left = await reserve(one, asked, LAST)
    network.clock.set(LAST + timedelta(minutes=2))
    async with network.replica(daily_limit_gb=1, monthly_limit_gb=1) as other:
        await spend(other, network.clock.now(), GIB)
        with pytest.raises(Refused) as refused:
            await other.jobs.run(asked)
        assert refused.value.check is Check.DAY
        assert await network.ran() == []
        assert await other.books.spent(LAST) == Spent(0, 0), f"{left.job_id} cost nothing"
        assert await other.jobs.open() == ()


async def test_while_a_call_may_be_on_its_way_that_begins_a_job_nobody_begins_another(network: Hubble) -> None:
    """Both would be paid. Soon after its reservation the same job is begun again, whose id BigQuery takes once."""
    asked = query.account_ledgers(network.accounts(3))
    async with network.replica() as one:
        left = await reserve(one, asked, network.clock.now())
        network.clock.pass_time(45)
        with pytest.raises(SourceUnavailable, match="is known in 15 s; then another takes its place"):
            await one.jobs.run(asked)
        assert await network.ran() == []
        assert await one.jobs.open() == (left,)
        network.clock.pass_time(16)
        answer = await one.jobs.run(asked)
        assert answer.job_id != left.job_id
        assert await one.jobs.open() == ()
        assert (await one.books.spent(network.clock.now())).month == await network.billed()


async def test_of_two_replicas_with_room_for_one_exactly_one_runs(network: Hubble) -> None:
    asked = [query.account_ledgers(network.accounts(3, first)) for first in range(1, 13, 3)]
    async with network.replica(daily_limit_gb=1) as one, network.replica(daily_limit_gb=1) as other:
        estimate = await one.api.estimate(asked[0])
        room = most_billed(estimate, len(asked[0].tables))
        await spend(one, network.clock.now(), GIB - room)
        ended = await asyncio.gather(
            *(replica.jobs.run(each) for each, replica in zip(asked, (one, other, one, other), strict=True)),
            return_exceptions=True,
        )
        assert sorted(isinstance(each, Refused) for each in ended) == [False, True, True, True], ended
        assert len(await network.ran()) == 1
        assert (await one.books.spent(network.clock.now())).day <= GIB


class HeldUp:
    """Books of a process that stands still before it reserves, for longer than its lease."""

    def __init__(self, books: BookStore) -> None:
        self._books = books
        self.stands_still, self.goes_on = asyncio.Event(), asyncio.Event()

    async def reserve(self, job: QueryJob, *, daily: int, monthly: int) -> Spent | None:
        self.stands_still.set()
        await self.goes_on.wait()
        return await self._books.reserve(job, daily=daily, monthly=monthly)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._books, name)


@pytest.mark.parametrize("room_for", [1, 2])
async def test_one_that_wakes_after_another_has_taken_its_place_passes_no_budget_and_hides_no_cost(
    network: Hubble, room_for: int
) -> None:
    """So reservations need not carry the term of the lease: they are conditional on what is spent, whoever makes them."""
    asked = query.account_ledgers(network.accounts(3))
    async with network.replica(daily_limit_gb=1) as other, network.replica(daily_limit_gb=1) as late:
        size = most_billed(await other.api.estimate(asked), len(asked.tables))
        await spend(other, network.clock.now(), GIB - room_for * size)
        books = HeldUp(late.books)
        jobs = late.jobs_on(books, network.clock)
        held_up = asyncio.create_task(jobs.run(asked))
        await books.stands_still.wait()
        await other.jobs.run(asked)
        books.goes_on.set()
        if room_for == 1:
            with pytest.raises(Refused) as refused:
                await held_up
            assert refused.value.check is Check.DAY
        else:
            await held_up
        assert len(await network.ran()) == room_for
        assert await other.jobs.open() == ()
        spent = (await other.books.spent(network.clock.now())).day
        assert spent == GIB - room_for * size + await network.billed() <= GIB


async def test_what_both_look_after_is_counted_once(network: Hubble) -> None:
    """Whoever waits for a job and the loop that keeps the books may both see its end."""
    asked = query.account_ledgers(network.accounts(3))
    network.trouble_jobs(Fault(kind=Kind.SLOW_JOB, seconds=0.3, times=1))
    async with network.replica() as one:
        running = asyncio.create_task(one.jobs.run(asked))
        await until(lambda: ended(network), within_s=10, what="the end of a job", every_s=0.001)
        await one.jobs.settle_left()
        await running
        assert one.counted("bigquery_bytes", query=asked.name) == await network.billed()


async def test_a_job_whose_beginning_takes_long_is_not_settled_as_never_begun(network: Hubble) -> None:
    """Its bytes would be lost: the first settlement stays."""
    asked = query.account_ledgers(network.accounts(3))
    async with network.replica() as one:
        network.trouble(Fault(kind=Kind.SLOW_DRIP, source=Source.BIGQUERY, path="/jobs/", seconds=1.0))
        left = await reserve(one, asked, network.clock.now() - timedelta(seconds=59))
        network.clock.set(network.clock.now() + timedelta(seconds=2))
        settling = asyncio.create_task(one.jobs.settle_left())
        running = asyncio.create_task(one.jobs.run(asked))
        await asyncio.gather(settling, running, return_exceptions=True)
        network.trouble()
        with suppress(Refused, SourceUnavailable):
            await one.jobs.run(asked)
        await one.jobs.settle_left()
        assert (await one.books.spent(network.clock.now())).month == await network.billed() > 0, left


async def test_a_query_that_would_be_billed_more_than_estimated_is_ended_by_bigquery_for_nothing(
    network: Hubble,
) -> None:
    asked = query.account_ledgers(network.accounts(3))
    network.trouble_jobs(Fault(kind=Kind.BYTES_TIMES, factor=1_000.0))
    async with network.replica() as one:
        with pytest.raises(Refused, match="BigQuery ended the query: Query exceeded limit for bytes billed") as refused:
            await one.jobs.run(asked)
        assert refused.value.check is Check.BILLED
        assert one.counted("cost_guard_refusals", check=Check.BILLED) == 1
        (job,) = await network.ran()
        assert job.billed == 0
        assert await one.books.spent(network.clock.now()) == Spent(0, 0)
        assert await one.jobs.open() == ()
        (settled,) = await one.books.jobs(network.clock.now(), 10)
        assert settled.billed == 0


@pytest.mark.parametrize(
    ("kind", "begun"),
    [
        (Kind.RESET, True),
        (Kind.TRUNCATED_JSON, True),
        (Kind.UNAVAILABLE, False),
        (Kind.QUOTA_EXCEEDED, False),
        (Kind.JOB_FAILED, True),
    ],
)
async def test_whatever_becomes_of_the_call_that_begins_a_job_asked_again_it_is_paid_once(
    network: Hubble, kind: Kind, *, begun: bool
) -> None:
    """The job, not its dry run, is struck: the answer to `jobs.insert` is lost, or there is none."""
    asked = query.account_ledgers(network.accounts(3))
    network.trouble_jobs(Fault(source=Source.BIGQUERY, kind=kind, times=1))
    async with network.replica() as one:
        with pytest.raises(SourceUnavailable):
            await one.jobs.run(asked)
        assert bool(await network.ran()) is begun
        network.trouble()
        await one.jobs.run(asked)
        billed = [job for job in await network.ran() if job.billed]
        assert len(billed) == 1
        await one.jobs.settle_left()
        assert await one.jobs.open() == ()
        assert (await one.books.spent(network.clock.now())).day == billed[0].billed


async def test_the_largest_reservation_is_what_the_job_may_be_billed_at_most(network: Hubble) -> None:
    asked = query.lives_cheap(network.accounts(3), network.accounts(3))
    async with network.replica() as one:
        await one.jobs.run(asked)
        (settled,) = await one.books.jobs(network.clock.now(), 10)
        assert settled == replace(settled, reserved=most_billed(await one.api.estimate(asked), len(asked.tables)))
        assert settled.billed is not None
        assert MIB <= settled.billed <= settled.reserved
