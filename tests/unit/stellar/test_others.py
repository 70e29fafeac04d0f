"""What a process that does not map tells of the sources: what those have reported that do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from stellarmap_common.adapters.stellar.limiter import LeasedLimiter
from stellarmap_common.domain.status import Lane
from stellarmap_common.ports.limits import SourceLimit
from stellarmap_common.ports.stores import Stores
from tests.support.bus import HurriedClock, until
from tests.support.stores import SqliteInline

SOURCE = "horizon:https://horizon.example"
LIMIT = SourceLimit(source=SOURCE, per_hour=3_600, percentage=71)


class SetClock(HurriedClock):
    """The wall clock stands where a test puts it."""

    def __init__(self) -> None:
        super().__init__()
        self.at = datetime(2026, 11, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


def limiter(stores: Stores, clock: SetClock, process: str) -> LeasedLimiter:
    made = LeasedLimiter(stores.usage, clock, process, alone=False)
    made.limit(LIMIT)
    return made


@asynccontextmanager
async def keeping(limited: LeasedLimiter) -> AsyncIterator[None]:
    """It reports and hears by itself."""
    task = asyncio.create_task(limited.keep_reporting())
    try:
        yield
    finally:
        task.cancel()


async def hear(limited: LeasedLimiter) -> None:
    assert limited._others is not None
    await limited._others.look()


async def test_a_failing_call_of_one_process_is_known_to_another_until_one_is_answered() -> None:
    clock = SetClock()
    async with SqliteInline().at(":memory:") as stores:
        mapping, telling = limiter(stores, clock, "ingest"), limiter(stores, clock, "gateway")
        await mapping.acquire(SOURCE, Lane.USER)
        mapping.failed(SOURCE, "HTTP 502")
        began = clock.at
        clock.at += timedelta(seconds=30)
        await mapping.acquire(SOURCE, Lane.USER)
        mapping.failed(SOURCE, "HTTP 503")
        await mapping.report()
        await hear(telling)
        trouble = telling.trouble(SOURCE)
        assert trouble
        assert (trouble.told, trouble.since, trouble.at) == ("HTTP 503", began, clock.at)
        clock.at += timedelta(seconds=5)
        await mapping.acquire(SOURCE, Lane.USER)
        mapping.answered(SOURCE)
        await mapping.report()
        await hear(telling)
        assert telling.trouble(SOURCE) is None


async def test_what_keeps_a_source_from_being_called_at_all_is_known_to_another_until_nothing_does() -> None:
    clock, unlimited = SetClock(), "bigquery:ours"
    async with SqliteInline().at(":memory:") as stores:
        asking, telling = limiter(stores, clock, "ingest"), limiter(stores, clock, "gateway")
        asking.failed(unlimited, "no access")
        await asking.report()
        await hear(telling)
        trouble = telling.trouble(unlimited)
        assert trouble
        assert (trouble.told, trouble.since) == ("no access", clock.at)
        clock.at += timedelta(seconds=5)
        asking.answered(unlimited)
        await asking.report()
        await hear(telling)
        assert telling.trouble(unlimited) is None


async def test_the_latest_call_of_all_processes_decides() -> None:
    clock = SetClock()
    async with SqliteInline().at(":memory:") as stores:
        one, two, telling = (limiter(stores, clock, name) for name in ("one", "two", "gateway"))
        await one.acquire(SOURCE, Lane.USER)
        one.failed(SOURCE, "no answer")
        await one.report()
        clock.at += timedelta(seconds=1)
        await two.acquire(SOURCE, Lane.USER)
        two.answered(SOURCE)
        await two.report()
        await hear(telling)
        assert telling.trouble(SOURCE) is None
        clock.at += timedelta(seconds=1)
        telling.failed(SOURCE, "its own look")
        assert telling.trouble(SOURCE)


async def test_where_calls_wait_and_how_slow_they_go_is_known_to_who_makes_none() -> None:
    clock = SetClock()
    async with SqliteInline().at(":memory:") as stores:
        mapping, telling = limiter(stores, clock, "ingest"), limiter(stores, clock, "gateway")
        await mapping.acquire(SOURCE, Lane.USER)
        mapping.slow_down(SOURCE, 20)
        await mapping.report()
        before = telling.pace(SOURCE).per_s
        await hear(telling)
        pace = telling.pace(SOURCE)
        assert before
        assert pace.per_s
        assert pace.per_s == pytest.approx(before / 2)
        assert telling.expected_wait_s(SOURCE, Lane.USER, 1) == pytest.approx(20, abs=1)
        assert telling.expected_wait_s(SOURCE, Lane.USER, 11) == pytest.approx(20 + 10 / pace.per_s, abs=1)


async def test_what_is_reported_is_heard_without_anybody_asking() -> None:
    clock = SetClock()
    async with SqliteInline().at(":memory:") as stores:
        mapping, telling = limiter(stores, clock, "ingest"), limiter(stores, clock, "gateway")
        await mapping.acquire(SOURCE, Lane.USER)
        mapping.failed(SOURCE, "no answer")
        async with keeping(mapping), keeping(telling):
            await until(lambda: telling.trouble(SOURCE), "the other process's trouble is known")
