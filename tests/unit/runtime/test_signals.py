"""The first signal asks to stop in order; the same wish heard twice is not a second one."""

import os
import signal
import subprocess
import sys

import pytest

from stellarmap_common.runtime.signals import IMPATIENT, ONE_WISH_S

CODE = """
import asyncio, time
from stellarmap_common.runtime.signals import stop_on_signals
async def main():
    with stop_on_signals() as stop:
        print("ready", flush=True)
        await stop.wait()
        print("stopping", flush=True)
        await asyncio.sleep({drains_s})
asyncio.run(main())
"""


@pytest.mark.parametrize(("again_after_s", "code"), [(0.0, 0), (ONE_WISH_S + 0.1, IMPATIENT)])
def test_a_second_signal_ends_it_at_once_unless_it_comes_with_the_first(again_after_s: float, code: int) -> None:
    script = CODE.format(drains_s=again_after_s * 4 or 0.3)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        os.kill(process.pid, signal.SIGTERM)
        assert b"stopping\n" in iter(process.stdout.readline, b"")
        try:
            process.wait(again_after_s or 0.001)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGTERM)
        assert process.wait(10) == code
