"""The wall clock jumps where a fault test lets it, and nowhere else."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stellarmap_common.runtime.clock import JUMPS, SystemClock

TOLD = "from stellarmap_common.runtime.clock import SystemClock; print(SystemClock().now().isoformat())"


def told(jumps: str) -> datetime:
    environment = {**os.environ, JUMPS: jumps}
    ended = subprocess.run([sys.executable, "-c", TOLD], check=True, capture_output=True, text=True, env=environment)
    return datetime.fromisoformat(ended.stdout.strip())


def test_it_is_wrong_by_what_the_file_says(tmp_path: Path) -> None:
    file = tmp_path / "jumps"
    file.write_text("-3600")
    assert abs(told(str(file)) - datetime.now(UTC) + timedelta(hours=1)) < timedelta(minutes=1)


def test_without_a_file_it_is_the_machine_s() -> None:
    assert abs(told("") - datetime.now(UTC)) < timedelta(minutes=1)
    assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(seconds=1)
