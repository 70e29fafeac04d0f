"""SIGTERM and Ctrl-C: the first asks to stop in order, a second one ends the process at once."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

log = structlog.get_logger(__name__)
SIGNALS = (signal.SIGTERM, signal.SIGINT)
IMPATIENT = 130
ONE_WISH_S = 0.5  # `timeout` and terminals signal a process and its group: that is no second thought


@contextmanager
def stop_on_signals() -> Iterator[asyncio.Event]:
    """An event that is set by the first signal. Must be entered in the main thread, with its loop running."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    first_at = 0.0

    def asked(number: signal.Signals) -> None:
        nonlocal first_at
        if stop.is_set():
            if loop.time() - first_at < ONE_WISH_S:
                return
            # Everything acknowledged is durable already: leaving now loses nothing, only work in flight is done again.
            log.warning("stopped_at_once", signal=number.name)
            os._exit(IMPATIENT)
        log.info("stopping", signal=number.name)
        first_at = loop.time()
        stop.set()

    for number in SIGNALS:
        loop.add_signal_handler(number, asked, number)
    try:
        yield stop
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
