"""Time, as a dependency: tests and the simulation bring their own."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Where handlers and adapters read the time."""

    def now(self) -> datetime:
        """The present moment, UTC, aware."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Returns after `seconds`."""
        ...
