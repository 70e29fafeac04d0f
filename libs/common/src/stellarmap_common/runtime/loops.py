"""Runs what services do again and again. A turn that fails is logged and the next one comes all the same."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from stellarmap_common.errors import TransientError
from stellarmap_common.ports.clock import Clock
from stellarmap_common.runtime.service import Loop

log = structlog.get_logger(__name__)


@asynccontextmanager
async def running_loops(loops: Sequence[Loop], clock: Clock) -> AsyncIterator[None]:
    """While open, every loop turns; afterwards none does, and no turn was left half done for longer than a cancel takes."""
    tasks = [asyncio.create_task(_turn(loop, clock), name=f"loop {loop.name}") for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _turn(loop: Loop, clock: Clock) -> None:
    while True:
        try:
            await loop.run_once()
        except TransientError as error:
            log.warning("loop_waits", loop=loop.name, error=str(error))
        except Exception:
            # A bug in one turn must not end the loop: recovery would stop for good and nobody would be told.
            log.exception("loop_failed", loop=loop.name)
        await clock.sleep(loop.interval_s)
