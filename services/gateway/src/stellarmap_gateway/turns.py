"""What is long to read is read by a few at once: another waits for a turn, and is told to come again if it gets none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from stellarmap_gateway.problems import ApiProblem

AGAIN_S = 5.0


class Turns:
    """The turns of this replica at one kind of reading."""

    def __init__(self, at_once: int, patience_s: float) -> None:
        self.patience_s = patience_s  # so long another waits for one of those to end
        self._free = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Whoever is inside has a turn. Raises: ApiProblem, when none was free in time."""
        try:
            async with asyncio.timeout(self.patience_s):
                await self._free.acquire()
        except TimeoutError:
            raise _busy() from None
        try:
            yield
        finally:
            self._free.release()


def _busy() -> ApiProblem:
    """503: what it asks for is long to read, and as much is being read as may be."""
    return ApiProblem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "busy",
        "As much is being read at once as may be.",
        advice=f"Ask again in {AGAIN_S:.0f} s.",
        retry_after_s=AGAIN_S,
    )
