"""This repository as its own tests read it."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MEMBERS = tuple(
    sorted(found.parent for pattern in ("libs/*", "services/*") for found in ROOT.glob(f"{pattern}/pyproject.toml"))
)


def tracked_files() -> list[Path]:
    """Every file that git keeps, and each new one that it would."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
