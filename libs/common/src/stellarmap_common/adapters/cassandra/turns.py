"""One after the other, within a process: those who write one partition on condition would only make each other lose."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

MOST_WAITED_S = 5.0


class Turns:
    """A courtesy, no lock: what holds is the condition of each write. So nobody waits for long behind a store that is away."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def at(self, partition: Hashable) -> AsyncIterator[None]:
        """The caller's turn at this partition."""
        lock = self._locks.setdefault(partition, asyncio.Lock())
        try:
            async with asyncio.timeout(MOST_WAITED_S):
                await lock.acquire()
        except TimeoutError:
            yield
            return
        try:
            yield
        finally:
            lock.release()
