"""The tracker of embedded mode, alone in a process that also feeds it: one process at a time may hold the files of a folder.

`python -m tests.support.tracker_process FILE FIRST PER_S`: the balances of the file from the FIRST on, so many a second.
"""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

from stellarmap_common.events.topics import HVA_TRACKER
from stellarmap_common.observability.failpoints import arm_failpoint
from stellarmap_common.observability.logs import configure_logs
from stellarmap_common.runtime.event_loop import run
from stellarmap_common.runtime.installation import open_installation
from stellarmap_common.runtime.settings import Settings
from stellarmap_common.runtime.signals import stop_on_signals
from tests.support.balance_stream import feed, written
from tests.support.system import AT


async def track(file: Path, first: int, per_s: float) -> None:
    """Runs until SIGTERM."""
    with stop_on_signals() as stop:
        async with open_installation(Settings.load(), (HVA_TRACKER,)) as installation:
            print(f"{HVA_TRACKER}{AT}{installation.url}", flush=True)  # noqa: T201 - whoever started it waits for it
            own = installation.resources
            feeding = asyncio.create_task(feed(own.publisher, written(file, first), own.clock, per_s))
            await stop.wait()
            feeding.cancel()
            with suppress(asyncio.CancelledError):
                await feeding


def main() -> None:
    file, first, per_s = sys.argv[1:]
    settings = Settings.load()
    configure_logs(settings.process.log_level, console=False)
    arm_failpoint(settings.process.failpoint)
    run(track(Path(file), int(first), float(per_s)))


if __name__ == "__main__":
    main()
