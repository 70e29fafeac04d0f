"""Retries in place: what may be over in a moment is tried again at once, for at most 5 s; a bug three times."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from stellarmap_common.errors import PermanentError, TransientError
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.tries import GoesOn

IN_PLACE_S = 5.0
TRIES_OF_A_BUG = 3
_FIRST_WAIT_S = 0.1


async def tried(
    handle: Callable[[], Awaitable[None]],
    clock: Clock,
    *,
    within_s: float,
    goes_on: GoesOn,
    retried: Callable[[], None],
) -> Exception | None:
    """None when `handle` went through, else the error it failed with in the end.

    Transient errors are tried again while that begins within `within_s` and `goes_on`, which is told of each, is true;
    bugs up to three times; permanent ones never.
    """
    until = clock.monotonic() + within_s
    wait_s = _FIRST_WAIT_S
    bugs = 0
    while True:
        try:
            await handle()
        except PermanentError as error:
            return error
        except TransientError as error:
            pause_s = max(wait_s * random.uniform(0.5, 1), error.retry_after_s or 0)  # noqa: S311 - spreads retries
            if not goes_on(error) or clock.monotonic() + pause_s > until:
                return error
        except Exception as error:  # noqa: BLE001 - whatever else a handler raises is a bug, and its record's fate is ours
            bugs += 1
            if bugs == TRIES_OF_A_BUG:
                return error
            pause_s = wait_s
        else:
            return None
        retried()
        await clock.sleep(pause_s)
        wait_s *= 2


@dataclass(frozen=True, slots=True)
class UntilStopped:
    """A clock whose waits end at once when it is stopped."""

    clock: Clock
    stopped: asyncio.Event

    def now(self) -> datetime:
        """The present moment."""
        return self.clock.now()

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return self.clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Returns after `seconds`, or when it is stopped."""
        waits = [asyncio.ensure_future(self.clock.sleep(seconds)), asyncio.ensure_future(self.stopped.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
