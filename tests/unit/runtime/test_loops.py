"""A loop turns for ever, whatever one turn does."""

import asyncio
from datetime import UTC, datetime

import pytest

from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.runtime.loops import running_loops
from stellarmap_common.runtime.service import Loop


class YieldingClock:
    """Lets other tasks run instead of waiting."""

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - a Clock
        await asyncio.sleep(0)


@pytest.mark.parametrize("error", [StoreUnavailable("gone"), RuntimeError("a bug")])
async def test_a_turn_that_fails_is_followed_by_the_next(error: Exception) -> None:
    turns = 0
    enough = asyncio.Event()

    async def turn() -> None:
        nonlocal turns
        turns += 1
        if turns == 3:
            enough.set()
        raise error

    async with running_loops([Loop(name="failing", run_once=turn, interval_s=60)], YieldingClock()):
        await asyncio.wait_for(enough.wait(), 5)
    after = turns
    await asyncio.sleep(0)
    assert turns == after
