"""No budget is passed, whoever reserves at once and whatever dies on the way; nothing is booked twice, and nothing is lost."""

import asyncio
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stellarmap_common.ports.book_store import BookStore, QueryJob, Spent, day_of, month_of
from stellarmap_common.ports.stores import Stores
from tests.support.stores import NOON, PUBLIC, StoreBackend, address

ALL = 10**15
DAY = timedelta(days=1)


@pytest.fixture
def books(stores: Stores) -> BookStore:
    return stores.books


def job(name: object, reserved: int = 10, at: datetime = NOON) -> QueryJob:
    return QueryJob(job_id=f"job-{name}", query="lineages", network=PUBLIC, reserved_at=at, reserved=reserved)


async def reserved(books: BookStore, *jobs: QueryJob) -> None:
    for one in jobs:
        assert await books.reserve(one, daily=ALL, monthly=ALL) is None


async def test_what_is_reserved_counts_until_it_is_settled_for_what_it_cost(books: BookStore) -> None:
    await reserved(books, job(1, 100), job(2, 50))
    assert await books.spent(NOON) == Spent(150, 150)
    settled = await books.settle(job(1), 30, NOON + DAY)
    assert settled == replace(job(1, 100), billed=30, settled_at=NOON + DAY)
    assert await books.spent(NOON) == Spent(80, 80)
    await books.settle(job(2), 70, NOON)
    assert await books.spent(NOON) == Spent(100, 100), "what cost more than was reserved is booked in full"


async def test_a_job_is_reserved_once_and_settled_once(books: BookStore) -> None:
    await reserved(books, job(1, 100), job(1, 100))
    assert await books.spent(NOON) == Spent(100, 100)
    first = await books.settle(job(1), 30, NOON, cached=True)
    assert first is not None
    assert first.cached
    assert await books.settle(job(1), 90, NOON + DAY) == first
    await reserved(books, job(1, 100))
    assert (await books.spent(NOON), await books.open_jobs(NOON)) == (Spent(30, 30), ())


async def test_nobody_settles_what_was_never_reserved(books: BookStore) -> None:
    assert await books.settle(job(1), 30, NOON) is None
    assert await books.spent(NOON) == Spent(0, 0)


@pytest.mark.parametrize(("daily", "monthly", "fits"), [(100, 100, True), (99, 100, False), (100, 99, False)])
async def test_a_budget_may_be_used_up_and_not_passed(
    books: BookStore, daily: int, monthly: int, *, fits: bool
) -> None:
    await reserved(books, job(1, 60))
    refused = await books.reserve(job(2, 40), daily=daily, monthly=monthly)
    assert refused == (None if fits else Spent(60, 60))
    assert await books.spent(NOON) == (Spent(100, 100) if fits else Spent(60, 60))
    assert [each.job_id for each in await books.open_jobs(NOON)] == (["job-1", "job-2"] if fits else ["job-1"])


async def test_what_a_person_has_confirmed_counts_in_the_month_and_takes_nothing_of_the_day(books: BookStore) -> None:
    whole = replace(job("whole", 500), confirmed=True)
    await reserved(books, job(1, 60))
    assert await books.reserve(whole, daily=100, monthly=559) == Spent(60, 60), "the month has no room"
    assert await books.reserve(whole, daily=100, monthly=560) is None
    assert await books.spent(NOON) == Spent(60, 560)
    assert await books.reserve(job(2, 40), daily=100, monthly=600) is None, "others have all of the day"
    assert await books.reserve(job(3, 1), daily=100, monthly=600) == Spent(100, 600)
    await books.settle(whole, 480, NOON)
    assert await books.spent(NOON) == Spent(100, 580)
    assert await books.jobs(NOON, 9) == (replace(whole, billed=480, settled_at=NOON),)


async def test_a_day_and_a_month_end_at_midnight_utc(books: BookStore) -> None:
    last = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    await reserved(books, job(1, 5, last - DAY), job(2, 7, last), job(3, 11, last + timedelta(seconds=1)))
    assert await books.spent(last) == Spent(7, 12)
    assert await books.spent(last + timedelta(seconds=1)) == Spent(11, 11)
    elsewhere = last.astimezone(timezone(timedelta(hours=9)))
    assert await books.spent(elsewhere) == Spent(7, 12), "whatever zone the moment is told in"


async def test_what_was_open_when_its_process_died_is_found_again_also_after_the_turn_of_the_month(
    books: BookStore,
) -> None:
    before = datetime(2026, 10, 31, 23, 50, tzinfo=UTC)
    jobs = [replace(job(number, at=at), accounts=(address(number),)) for number, at in enumerate((NOON, before))]
    await reserved(books, *jobs, job("settled"))
    await books.settle(job("settled"), 1, NOON)
    assert await books.open_jobs(NOON) == (jobs[1], jobs[0])
    assert await books.open_jobs(before) == (jobs[1],)
    await books.settle(jobs[1], 3, NOON)
    assert await books.spent(before) == Spent(3, 3)


async def test_settled_jobs_are_listed_newest_first(books: BookStore) -> None:
    jobs = [job(number, at=NOON + number * timedelta(minutes=1)) for number in range(5)]
    await reserved(books, *jobs)
    for one in (jobs[3], jobs[0], jobs[4], jobs[1]):
        await books.settle(one, 1, NOON)
    assert [each.job_id for each in await books.jobs(NOON, 3)] == ["job-4", "job-3", "job-1"]
    assert await books.jobs(NOON - 40 * DAY, 3) == ()


async def test_those_who_reserve_at_once_never_pass_a_budget(durable_backend: StoreBackend) -> None:
    place = durable_backend.new_place()
    async with durable_backend.at(place) as one, durable_backend.at(place) as other:
        refused = await asyncio.gather(
            *(
                stores.books.reserve(job(f"{number}-{side}", 7), daily=100, monthly=1_000)
                for number in range(10)
                for side, stores in enumerate((one, other))
            )
        )
        assert refused.count(None) == 14
        assert await one.books.spent(NOON) == await other.books.spent(NOON) == Spent(98, 98)


steps = st.lists(st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 60), st.integers(0, 40)), max_size=25)


@settings(max_examples=25)
@given(steps)
async def test_the_sums_are_those_of_the_jobs_whatever_comes(
    backend: StoreBackend, drawn: list[tuple[bool, int, int, int]]
) -> None:
    """Jobs are reserved and settled in any order, some twice, over two months."""
    known: dict[str, QueryJob] = {}
    async with backend.at(backend.new_place()) as stores:
        books = stores.books
        for settles, number, some, days in drawn:
            one = known.get(f"job-{number}") or job(number, some, NOON + days * DAY)
            if settles:
                booked = known.get(one.job_id)
                now = await books.settle(one, some, NOON)
                if booked is None:
                    assert now is None
                elif booked.billed is None:
                    known[one.job_id] = replace(booked, billed=some, settled_at=NOON)
                    assert now == known[one.job_id]
                else:
                    assert now == booked
                continue
            day, month = sums(known)[day_of(one.reserved_at)], sums(known)[month_of(one.reserved_at)]
            refused = await books.reserve(one, daily=80, monthly=120)
            if one.job_id in known:
                assert refused is None
            elif day + one.reserved > 80 or month + one.reserved > 120:
                assert refused == Spent(day, month)
            else:
                assert refused is None
                known[one.job_id] = one
        for at in {one.reserved_at for one in known.values()}:
            assert await books.spent(at) == Spent(sums(known)[day_of(at)], sums(known)[month_of(at)])


def sums(jobs: dict[str, QueryJob]) -> defaultdict[str, int]:
    """Bytes of each day and each month."""
    found: defaultdict[str, int] = defaultdict(int)
    for one in jobs.values():
        found[day_of(one.reserved_at)] += one.counted
        found[month_of(one.reserved_at)] += one.counted
    return found
