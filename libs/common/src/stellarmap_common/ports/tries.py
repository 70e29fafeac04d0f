"""Between who calls a source and who handles a record: a call that failed is told at once, and may be no more repeated."""

from collections.abc import Callable
from contextvars import ContextVar

from stellarmap_common.errors import TransientError

GoesOn = Callable[[TransientError], bool]


def _always(_: TransientError) -> bool:
    return True


goes_on: ContextVar[GoesOn] = ContextVar("goes_on", default=_always)
"""Told of each call that failed, by who would repeat it in place; False: nobody waits for that any more."""
