"""The event loop of a process: uvloop, which does in C what would cost every call to a store or a source dear."""

import asyncio
import gc
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")

# How long a thread that wants to go on waits for a busy one. A write to the store takes several turns of its thread, and
# at Python's five milliseconds each turn, under a busy event loop, a page took up to 0.8 s instead of 0.03.
SWITCHED_AFTER_S = 0.001

# How many more objects there are before the garbage collector looks through the young ones. Nearly all that is made here is
# gone without it, or stays. At Python's 700 it took a fifth of the tracker's time, and found nothing.
COLLECTED_AFTER = 50_000


def run(main: Coroutine[Any, Any, T]) -> T:
    """What `main` returns, run to its end in an event loop of its own."""
    sys.setswitchinterval(SWITCHED_AFTER_S)
    gc.set_threshold(COLLECTED_AFTER)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def keep_what_there_is() -> None:
    """Afterwards the garbage collector passes over what a process has made for its start, which it keeps to its end.

    To look through all of it took 40 ms each time, and everybody waited for that. A cycle that is garbage only later stays:
    what was in work at this moment, once a start.
    """
    gc.collect()
    gc.freeze()
