"""Figures of benchmarks: printed as one JSON line each, with the machine they were measured on."""

import json
import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path


def report(benchmark: str, **figures: object) -> None:
    """Prints the figures, and keeps them below `.cache/bench`."""
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    line = json.dumps({"benchmark": benchmark, **figures, "machine": machine})
    print(f"\n{line}")  # noqa: T201 - the result
    folder = Path(".cache/bench")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{benchmark}.json").write_text(line + "\n")


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent of them do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def resident_mib(pid: int) -> float:
    """Memory of a process, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
