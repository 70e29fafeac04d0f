"""The clock of the machine.

Fault tests let it jump: `STELLARMAP_CLOCK_JUMPS` names a file that holds by how many seconds the wall clock is wrong just now.
It is no setting, since nobody else may want it; unset, nothing is read.
"""

import asyncio
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

JUMPS = "STELLARMAP_CLOCK_JUMPS"


def _right() -> datetime:
    return datetime.now(UTC)


def _jumping(file: Path) -> Callable[[], datetime]:
    def now() -> datetime:
        return _right() + timedelta(seconds=float(file.read_text() or 0))

    return now


_now = _jumping(Path(os.environ[JUMPS])) if os.environ.get(JUMPS) else _right


class SystemClock:
    """Real time: the Clock of every running process."""

    def now(self) -> datetime:
        """The present moment, UTC, aware."""
        return _now()

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Returns after `seconds`; the loop goes on meanwhile."""
        await asyncio.sleep(seconds)
