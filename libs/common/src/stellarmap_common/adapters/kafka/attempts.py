"""Retries in place: what may be over in a moment is tried again at once, for at most 5 s; a bug three times."""

import random
from collections.abc import Awaitable, Callable

from stellarmap_common.errors import PermanentError, TransientError
from stellarmap_common.ports.clock import Clock

IN_PLACE_S = 5.0
TRIES_OF_A_BUG = 3
_FIRST_WAIT_S = 0.1


async def tried(
    handle: Callable[[], Awaitable[None]], clock: Clock, *, within_s: float, retried: Callable[[], None]
) -> Exception | None:
    """None when `handle` went through, else the error it failed with in the end.

    Transient errors are tried again while that begins within `within_s`, bugs up to three times, permanent ones never.
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
            if clock.monotonic() + pause_s > until:
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
