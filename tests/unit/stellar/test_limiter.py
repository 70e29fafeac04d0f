"""The limiter: all processes together stay under each limit, users go first, and refusals are respected."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stellarmap_common.adapters.stellar.allowance import WINDOW_S, Allowance
from stellarmap_common.adapters.stellar.limiter import LONGEST_HOLD_S, LeasedLimiter
from stellarmap_common.domain.status import Lane
from stellarmap_common.errors import RateLimited, StoreUnavailable
from stellarmap_common.ports.limits import SourceLimit
from stellarmap_common.ports.usage_store import SourceStatus, UsageStore
from tests.support.sources import NOON, SteppedClock, settled, usage_store

HORIZON = "horizon:https://horizon.example"
PUBLIC = SourceLimit(source=HORIZON, per_hour=3_600, percentage=71)  # 7 or 8 calls in ten seconds
SLOW = SourceLimit(source=HORIZON, per_hour=360, percentage=50)  # one call in twenty seconds


@dataclass
class Processes:
    """Processes that share a store, each with a limiter of its own; and every call that went out, in order."""

    usage: UsageStore
    clock: SteppedClock = field(default_factory=SteppedClock)
    calls: list[tuple[float, Lane, str]] = field(default_factory=list)
    refused: list[RateLimited] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    limiters: list[LeasedLimiter] = field(default_factory=list)

    def start(self, limit: SourceLimit = PUBLIC) -> LeasedLimiter:
        limiter = LeasedLimiter(self.usage, self.clock, f"process-{len(self.limiters)}")
        limiter.limit(limit)
        self.limiters.append(limiter)
        return limiter

    def ask(self, limiter: LeasedLimiter, lane: Lane = Lane.USER, name: str = "", *, max_wait_s: float = 5.0) -> None:
        async def call() -> None:
            try:
                await limiter.acquire(HORIZON, lane, max_wait_s=max_wait_s)
            except RateLimited as refusal:
                self.refused.append(refusal)
            else:
                self.calls.append((self.clock.monotonic() - NOON.timestamp(), lane, name))

        self.tasks.append(asyncio.create_task(call()))

    def in_any_minute(self) -> int:
        """The most calls within any 60 s."""
        times = sorted(at for at, _, _ in self.calls)
        return max((sum(1 for at in times if first <= at < first + 60) for first in times), default=0)


@asynccontextmanager
async def processes() -> AsyncIterator[Processes]:
    async with usage_store() as usage:
        opened = Processes(usage)
        try:
            yield opened
        finally:
            for limiter in opened.limiters:
                await limiter.aclose()
            for task in opened.tasks:
                task.cancel()
            await asyncio.gather(*opened.tasks, return_exceptions=True)


def most_in_a_minute(limit: SourceLimit) -> int:
    """One sixtieth of the hour, and one block: what ten seconds hold, or the smallest burst."""
    allowance = Allowance(limit.per_hour, limit.percentage)
    per_minute = allowance.per_window() * 60 / WINDOW_S
    return ceil(per_minute) + ceil(allowance.per_window() * allowance.windows_kept())


demands = st.lists(
    st.tuples(st.floats(0, 12), st.sampled_from(range(3)), st.sampled_from(Lane), st.integers(1, 12)), max_size=40
)


@settings(max_examples=40)
@given(st.integers(60, 20_000), st.integers(1, 100), demands)
@example(
    60, 1, [(0.0, 0, Lane.USER, 4), (0.0, 1, Lane.USER, 3)]
)  # calls of hours ago, which a store might have forgotten
def test_two_processes_and_a_restarted_one_stay_under_the_limit_in_any_minute(
    per_hour: int, percentage: int, demanded: list[tuple[float, int, Lane, int]]
) -> None:
    limit = SourceLimit(source=HORIZON, per_hour=per_hour, percentage=percentage)

    async def run() -> int:
        async with processes() as opened:
            limiters = [opened.start(limit), opened.start(limit)]
            for pause, which, lane, many in demanded:
                await opened.clock.pass_s(pause)
                if which == 2:  # killed: what it had leased is lost; another starts, with nothing
                    limiters[0] = opened.start(limit)
                for _ in range(many):
                    opened.ask(limiters[which % 2], lane)
            await opened.clock.pass_s(30)
            return opened.in_any_minute()

    assert asyncio.run(run()) <= most_in_a_minute(limit)


async def test_ten_greedy_minutes_use_all_of_our_share_and_no_more() -> None:
    async with processes() as opened:
        first, second = opened.start(), opened.start()
        for _ in range(600):
            opened.ask(first, Lane.USER, max_wait_s=0)
            opened.ask(second, Lane.GROWTH, max_wait_s=0)
            await opened.clock.pass_s(1)
        assert 420 <= len(opened.calls) <= 426 + 8  # and one block, once


async def test_growth_leaves_three_tenths_to_users_who_need_not_wait() -> None:
    async with processes() as opened:
        limiter = opened.start()
        for _ in range(50):
            opened.ask(limiter, Lane.GROWTH, max_wait_s=0)
        await settled()
        assert len(opened.calls) in {5, 6}
        before = len(opened.calls)
        opened.ask(limiter, Lane.USER)
        opened.ask(limiter, Lane.USER)
        await settled()
        assert [lane for _, lane, _ in opened.calls[before:]] == [Lane.USER, Lane.USER]


async def test_who_waits_is_served_by_lane_and_then_in_order_of_coming() -> None:
    async with processes() as opened:
        limiter = opened.start()
        await opened.clock.pass_s(6)
        for _ in range(8):
            opened.ask(limiter, max_wait_s=0)
        await settled()
        for name, lane in (("g1", Lane.GROWTH), ("q1", Lane.QUEUED), ("u1", Lane.USER), ("q2", Lane.QUEUED)):
            opened.ask(limiter, lane, name, max_wait_s=15)
        await settled()
        assert not any(name for _, _, name in opened.calls)
        await opened.clock.pass_s(12)
        assert [name for _, _, name in opened.calls if name] == ["u1", "q1", "q2", "g1"]


async def test_a_wait_that_would_be_too_long_is_refused_at_once_and_says_how_long() -> None:
    async with processes() as opened:
        limiter = opened.start()
        for _ in range(20):
            opened.ask(limiter)
        await settled()
        assert len(opened.calls) in {7, 8}
        refused = len(opened.refused)
        assert refused > 8
        assert opened.refused[0].retry_after_s is not None
        assert 5 < opened.refused[0].retry_after_s <= 8
        assert "STELLARMAP_HORIZON_PERCENTAGE" in str(opened.refused[0])
        assert limiter.expected_wait_s(HORIZON, Lane.USER) == opened.refused[-1].retry_after_s
        await opened.clock.pass_s(5)
        assert len(opened.calls) == 20 - refused  # whoever was not refused did not wait longer
        assert max(at for at, _, _ in opened.calls) <= 5


async def test_a_source_without_a_limit_never_waits_and_never_asks_the_store() -> None:
    async with processes() as opened:
        limiter = LeasedLimiter(NoStore(), opened.clock, "alone")
        limiter.limit(SourceLimit(source=HORIZON, per_hour=0, percentage=71))
        for _ in range(100):
            await limiter.acquire(HORIZON, Lane.GROWTH)
        await limiter.acquire("never heard of", Lane.GROWTH)
        assert limiter.expected_wait_s(HORIZON, Lane.GROWTH) == 0


async def test_unused_calls_lapse_with_their_window() -> None:
    async with processes() as opened:
        limiter = opened.start()
        opened.ask(limiter)
        await opened.clock.pass_s(300)
        for _ in range(30):
            opened.ask(limiter, max_wait_s=0)
        await settled()
        assert len(opened.calls) - 1 in {7, 8}


async def test_reserved_calls_do_not_wait_and_belong_to_their_task() -> None:
    async with processes() as opened:
        limiter = opened.start()
        await limiter.reserve(HORIZON, Lane.QUEUED, 2)
        for _ in range(20):
            opened.ask(limiter, Lane.USER, max_wait_s=0)  # tasks that copy what this one reserved
        await settled()
        assert len(opened.calls) in {7, 8}  # all of the window: the two reserved ones among them
        with pytest.raises(RateLimited):
            await limiter.acquire(HORIZON, Lane.USER, max_wait_s=0)


async def test_reserving_more_than_is_left_takes_nothing() -> None:
    async with processes() as opened:
        limiter = opened.start()
        for _ in range(6):
            await limiter.acquire(HORIZON, Lane.USER)
        with pytest.raises(RateLimited):
            await limiter.reserve(HORIZON, Lane.USER, 4, max_wait_s=0)
        await limiter.acquire(HORIZON, Lane.USER)


async def test_two_calls_come_together_even_where_a_window_holds_none() -> None:
    async with processes() as opened:
        limiter = opened.start(SLOW)
        await limiter.reserve(HORIZON, Lane.GROWTH, 2)
        with pytest.raises(RateLimited):
            await limiter.reserve(HORIZON, Lane.GROWTH, 2)
        await opened.clock.pass_s(80)
        await limiter.reserve(HORIZON, Lane.GROWTH, 2)


async def test_a_refusal_holds_everything_back_and_halves_the_rate() -> None:
    async with processes() as opened:
        limiter = opened.start()
        limiter.slow_down(HORIZON, 4)
        opened.ask(limiter)
        await settled()
        assert opened.calls == []
        await opened.clock.pass_s(4)
        assert len(opened.calls) == 1
        await opened.clock.pass_s(10)
        for _ in range(20):
            opened.ask(limiter, max_wait_s=0)
        await settled()
        assert len(opened.calls) - 1 in {3, 4, 5}


async def test_a_reserved_call_waits_for_the_end_of_a_refusal_too() -> None:
    async with processes() as opened:
        limiter = opened.start()
        await limiter.reserve(HORIZON, Lane.USER, 2)
        limiter.slow_down(HORIZON, 4)
        opened.ask(limiter)  # its task has what this one reserved
        await settled()
        assert opened.calls == []
        await opened.clock.pass_s(4)
        assert len(opened.calls) == 1
        limiter.slow_down(HORIZON, 60)
        opened.ask(limiter)
        await settled()
        assert [round(refusal.retry_after_s or 0) for refusal in opened.refused] == [60]


async def test_the_rate_grows_back_slowly() -> None:
    async with processes() as opened:
        limiter = opened.start()
        limiter.slow_down(HORIZON, None)
        rates = []
        for _ in range(20):
            await opened.clock.pass_s(10)
            await limiter.acquire(HORIZON, Lane.USER)
            await limiter.report()
            (status,) = await opened.usage.statuses(NOON)
            rates.append(status.rate_per_s)
        assert rates == sorted(rates)
        assert rates[0] == pytest.approx(0.71 * 34 / 64)
        assert rates[5] < 0.71
        assert rates[-1] == pytest.approx(0.71)


async def test_a_wait_that_a_source_asks_for_is_capped() -> None:
    async with processes() as opened:
        limiter = opened.start()
        limiter.slow_down(HORIZON, 678)
        assert limiter.expected_wait_s(HORIZON, Lane.USER) == LONGEST_HOLD_S


async def test_one_burst_of_refusals_halves_the_rate_once() -> None:
    async with processes() as opened:
        limiter = opened.start()
        await limiter.acquire(HORIZON, Lane.USER)
        for _ in range(8):
            limiter.slow_down(HORIZON, 0)
        await limiter.report()
        (status,) = await opened.usage.statuses(NOON)
        assert status.rate_per_s == pytest.approx(0.71 / 2)
        assert status.last_429_at == NOON


async def test_a_store_that_does_not_answer_gives_no_calls() -> None:
    async with processes() as opened:
        limiter = LeasedLimiter(NoStore(), opened.clock, "alone")
        limiter.limit(PUBLIC)
        opened.limiters.append(limiter)
        opened.ask(limiter)
        await opened.clock.pass_s(10)
        assert len(opened.refused) == 1
        assert opened.calls == []


async def test_who_gives_up_waiting_is_forgotten() -> None:
    async with processes() as opened:
        limiter = opened.start()
        await opened.clock.pass_s(6)
        for _ in range(10):
            opened.ask(limiter, max_wait_s=0)
        opened.ask(limiter, name="impatient")
        opened.ask(limiter, name="patient")
        await settled()
        opened.tasks[-2].cancel()
        await opened.clock.pass_s(5)
        assert [name for _, _, name in opened.calls if name] == ["patient"]


async def test_the_status_says_how_often_the_source_was_called() -> None:
    async with processes() as opened:
        limiter = opened.start()
        for _ in range(6):
            await limiter.acquire(HORIZON, Lane.USER)
        await opened.clock.pass_s(120)
        await limiter.acquire(HORIZON, Lane.USER)
        await limiter.report()
        (status,) = await opened.usage.statuses(NOON)
        assert (status.calls_minute, status.calls_hour, status.calls_day) == (1, 7, 7)
        assert (status.limit_per_hour, status.burst, status.process) == (2_556, 8, "process-0")
        assert status.last_call_at == NOON + timedelta(seconds=120)
        assert status.delay_s == 0


async def test_a_status_without_news_is_repeated_before_it_lapses_and_not_sooner() -> None:
    async with processes() as opened:
        limiter = opened.start()
        await limiter.acquire(HORIZON, Lane.USER)
        reporting = asyncio.create_task(limiter.keep_reporting())
        seen = set()
        for _ in range(24):
            await opened.clock.pass_s(5)
            seen |= {status.at for status in await opened.usage.statuses(NOON)}
        reporting.cancel()
        assert [(at - NOON).total_seconds() for at in sorted(seen)] == [5, 65]


class NoStore:
    """A store that does not answer."""

    async def lease_tokens(self, *_: object) -> int:
        raise StoreUnavailable("it does not answer")

    async def put_status(self, *_: object) -> None:
        raise StoreUnavailable("it does not answer")

    async def statuses(self, *_: object) -> tuple[SourceStatus, ...]:
        raise StoreUnavailable("it does not answer")


@dataclass
class JumpingClock(SteppedClock):
    """Time that passes evenly, below a wall clock that does not."""

    wrong_by: timedelta = timedelta()

    def now(self) -> datetime:
        return self.at + self.wrong_by


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1), timedelta(days=1)])
async def test_a_wall_clock_that_jumps_neither_stops_the_calls_nor_frees_more_of_them(jump: timedelta) -> None:
    async with processes() as opened:
        clock = opened.clock = JumpingClock()
        limiter = opened.start()
        for second in range(180):
            if second == 90:
                clock.wrong_by = jump
            opened.ask(limiter)
            await clock.pass_s(1)
        after = [at for at, _, _ in opened.calls if at > 90]
        assert len(after) >= 90 * PUBLIC.per_hour * PUBLIC.percentage // 100 // 3_600 - 8
        assert opened.in_any_minute() <= most_in_a_minute(PUBLIC)


async def test_a_hold_ends_when_it_should_though_the_wall_clock_was_put_back() -> None:
    async with processes() as opened:
        clock = opened.clock = JumpingClock()
        limiter = opened.start()
        limiter.slow_down(HORIZON, 3)
        clock.wrong_by = timedelta(hours=-1)
        await clock.pass_s(4)
        opened.ask(limiter, max_wait_s=10)
        await clock.pass_s(10)
        assert (len(opened.calls), opened.refused) == (1, [])
