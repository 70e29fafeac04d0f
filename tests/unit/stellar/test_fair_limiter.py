"""At the limit nobody waits behind somebody else's long request: who was given least lately goes first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from stellarmap_common.adapters.stellar.given import FORGOTTEN_AFTER_S, Given
from stellarmap_common.adapters.stellar.limiter import LeasedLimiter
from stellarmap_common.domain.status import Lane
from stellarmap_common.errors import RateLimited
from stellarmap_common.ports.limits import SourceLimit
from tests.support.sources import NOON, SteppedClock, settled, usage_store

HORIZON = "horizon:https://horizon.example"
PUBLIC = SourceLimit(source=HORIZON, per_hour=3_600, percentage=71)
FIRST_CALL_S = 5.0


@dataclass
class Town:
    """People who ask through one limiter, and how long each waited for its first step."""

    limiter: LeasedLimiter
    clock: SteppedClock
    waits: dict[str, float] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def walk(self, whose: str, hops: int, lane: Lane = Lane.USER, calls: int = 2) -> None:
        """One step after the other, as a request takes them; a refused one comes again when it was told to."""

        async def steps() -> None:
            began = self.clock.monotonic()
            for _ in range(hops):
                await self._step(whose, lane, calls)
                self.waits.setdefault(whose, self.clock.monotonic() - began)
                self.steps[whose] = self.steps.get(whose, 0) + 1

        self.tasks.append(asyncio.create_task(steps()))

    async def _step(self, whose: str, lane: Lane, calls: int) -> None:
        while True:
            try:
                await self.limiter.reserve(HORIZON, lane, calls, whose=whose)
            except RateLimited as refusal:
                await self.clock.sleep(refusal.retry_after_s or 1)
                continue
            for _ in range(calls):
                await self.limiter.acquire(HORIZON, lane)
            await self.clock.sleep(0.1)  # the source answers
            return


@asynccontextmanager
async def town() -> AsyncIterator[Town]:
    async with usage_store() as usage:
        clock = SteppedClock()
        limiter = LeasedLimiter(usage, clock, "alone")
        limiter.limit(PUBLIC)
        opened = Town(limiter, clock)
        try:
            yield opened
        finally:
            await limiter.aclose()
            for task in opened.tasks:
                task.cancel()
            await asyncio.gather(*opened.tasks, return_exceptions=True)


async def test_a_long_chain_does_not_keep_the_next_person_waiting() -> None:
    async with town() as opened:
        opened.walk("hub", 1_000)
        await opened.clock.pass_s(30)
        for number in range(20):
            opened.walk(f"person {number}", 4)
            await opened.clock.pass_s(30 + number / 3)
        waits = [wait for name, wait in opened.waits.items() if name != "hub"]
        assert len(waits) == 20
        assert max(waits) <= FIRST_CALL_S
        assert sorted(waits)[10] <= 1.0  # what they need is kept for them


async def test_with_crawl_and_bulk_behind_it_a_long_chain_still_leaves_room() -> None:
    async with town() as opened:
        opened.walk("hub", 1_000)
        for number in range(4):
            opened.walk(f"bulk {number}", 1_000, Lane.QUEUED)
        opened.walk("crawl", 1_000, Lane.QUEUED, calls=1)
        opened.walk("growth", 1_000, Lane.GROWTH, calls=1)
        await opened.clock.pass_s(30)
        for number in range(20):
            opened.walk(f"person {number}", 4)
            await opened.clock.pass_s(30 + number / 3)
        waits = [wait for name, wait in opened.waits.items() if name.startswith("person")]
        assert max(waits) <= FIRST_CALL_S
        assert opened.steps["hub"] > 60


async def test_the_chain_loses_nothing_by_it_while_nobody_else_asks() -> None:
    async with town() as opened:
        opened.walk("hub", 10_000)
        await opened.clock.pass_s(600)
        assert opened.steps["hub"] >= 0.95 * 600 * 0.71 / 2


async def test_two_long_chains_get_the_same() -> None:
    async with town() as opened:
        opened.walk("early", 10_000)
        await opened.clock.pass_s(120)
        before = opened.steps["early"]
        opened.walk("late", 10_000)
        await opened.clock.pass_s(600)
        late, early = opened.steps["late"], opened.steps["early"] - before
        assert late + early >= 0.9 * 600 * 0.71 / 2
        assert abs(opened.steps["late"] - opened.steps["early"]) <= 2 or late > early  # the later one catches up first


async def test_what_a_request_was_given_is_forgotten_after_a_minute_without_a_call() -> None:
    given, now = Given(), NOON.timestamp()
    given.add("request", 2, now)
    given.add("request", 2, now + 50)
    assert given.lately("request", now + 50 + FORGOTTEN_AFTER_S - 1) == 4
    assert given.lately("request", now + 50 + FORGOTTEN_AFTER_S) == 0
    given.add("", 7, now)
    assert given.lately("", now) == 0
    await settled()
