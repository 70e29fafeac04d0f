"""Work that many want at once and that is done once."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class _Running:
    task: asyncio.Task[None]
    waiting: int = 0


class Shared:
    """One run at a time. It goes on while anybody waits for it, whoever began it."""

    def __init__(self) -> None:
        self._running: _Running | None = None

    async def run(self, begin: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Returns when the run that is on, or one begun now, has ended. Raises: what it raised, to all who waited."""
        running = self._running
        if running is None or running.task.done():
            running = self._running = _Running(asyncio.create_task(begin()))
        running.waiting += 1
        try:
            await asyncio.shield(running.task)
        finally:
            running.waiting -= 1
            if not running.waiting and not running.task.done():
                await self._end(running)

    async def _end(self, running: _Running) -> None:
        """Afterwards the run has ended, which nobody waits for any more."""
        if self._running is running:
            self._running = None  # who comes now must not wait for what is being cancelled
        running.task.cancel()
        await asyncio.wait([running.task])
