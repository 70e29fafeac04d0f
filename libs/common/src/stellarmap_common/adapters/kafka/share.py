"""The part of the time a lower lane may work while its group has unread records in a higher one."""

import asyncio
from collections.abc import Callable

from stellarmap_common.ports.clock import Clock

FLOOR = 0.1


class Share:
    """Full, or held to the floor: a lane that worked for a second rests for nine. It never starves."""

    def __init__(self, clock: Clock, rested: Callable[[], None]) -> None:
        self._clock = clock
        self._rested = rested
        self._began: float | None = None
        self._rest_until = 0.0
        self._alarm: asyncio.Task[None] | None = None
        self.held = False

    def hold(self, *, held: bool) -> None:
        """Afterwards the lane works at the floor, or as it likes."""
        was, self.held = self.held, held
        if was and not held:
            self._rested()

    def may_begin(self) -> bool:
        """True if the lane may begin something now. Else `rested` is called when it may."""
        if not self.held:
            return True
        if self._began is not None:
            return False  # what it began goes on, nothing more joins
        rest_s = self._rest_until - self._clock.monotonic()
        if rest_s <= 0:
            return True
        if self._alarm is None:
            self._alarm = asyncio.create_task(self._ring(rest_s))
        return False

    def began(self) -> None:
        """Notes that work began."""
        if self._began is None:
            self._began = self._clock.monotonic()

    def ended(self) -> None:
        """Notes that none is left in work."""
        if self._began is not None:
            now = self._clock.monotonic()
            self._rest_until = now + (now - self._began) * (1 - FLOOR) / FLOOR
            self._began = None

    def stop(self) -> None:
        """Afterwards `rested` is not called any more."""
        if self._alarm is not None:
            self._alarm.cancel()

    async def _ring(self, rest_s: float) -> None:
        await self._clock.sleep(rest_s)
        self._alarm = None
        self._rested()
