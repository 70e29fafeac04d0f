"""A disk that is small, and files that fill it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PIECE = 64 * 1024


@contextmanager
def small_disk(folder: Path, *, mib: int) -> Iterator[Path]:
    """A file system of its own with that much room. Skips the test where this user may not mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "stellarmap-test", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    if mounted.returncode != 0:
        pytest.skip(f"NO SMALL DISK HERE, so nothing is proven about a full one: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, name: str = "filler", *, leave: int = 0) -> Path:
    """A file that takes all the room there is, but for `leave` bytes."""
    filler = folder / name
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize - leave
                if free <= 0:
                    break
                file.write(bytes(min(PIECE, free)))
        except OSError:
            pass
    return filler
