"""The import as a process of its own, which may be killed."""

import asyncio
import os
import signal
import sys
import time
from dataclasses import dataclass
from math import inf
from pathlib import Path

from typer.testing import CliRunner, Result

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.lineage.digest import Digest, digest_of
from stellarmap_common.ports.import_store import NetworkImport
from stellarmap_common.ports.stores import Stores
from stellarmap_ingest_bigquery.importing.cli import app
from tests.support.big_store import SEED, BigNetwork
from tests.support.measured import cpu_s
from tests.support.tree import ROOT

STORE = "store.sqlite"


def run_import(data: Path, seed: int, accounts: int, *words: str) -> Result:
    """`stellarmap import network` of that sandbox, in this process."""
    env = {
        "STELLARMAP_DATA_DIR": str(data),
        "STELLARMAP_NETWORKS": "sandbox",
        "STELLARMAP_SANDBOX_SEED": str(seed),
        "STELLARMAP_SANDBOX_ACCOUNTS": str(accounts),
        "COLUMNS": "200",
    }
    return CliRunner().invoke(app, ["network", "--network", "sandbox", *words], env=env)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended, and what it used."""

    code: int  # negative: the signal that killed it
    took_s: float
    cpu_s: float
    peak_mib: int
    told: str


async def import_process(
    network: BigNetwork, data: Path, file: Path, *, failpoint: str = "", killed_at_cpu_s: float = inf
) -> Ended:
    """`stellarmap import network` on that file (an absolute path), until it has ended, or has used that CPU and is killed.

    By its CPU: how far it is by the clock depends on what else runs.
    """
    env = {
        **os.environ,
        "STELLARMAP_DATA_DIR": str(data),
        "STELLARMAP_NETWORKS": "sandbox",
        "STELLARMAP_SANDBOX_SEED": str(SEED),
        "STELLARMAP_SANDBOX_ACCOUNTS": str(network.accounts),
        "STELLARMAP_FAILPOINT": failpoint,
        "PYTHONPATH": os.pathsep.join([*filter(None, sys.path), str(ROOT)]),
    }
    words = ("-m", "stellarmap_ingest_bigquery.importing.cli", "network", "--network", "sandbox", "--yes", "--from")
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        str(file),
        cwd=data.parent,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    watched = asyncio.create_task(_used_by_the_end(process, killed_at_cpu_s))
    told, _ = await process.communicate()
    took_s = time.perf_counter() - began
    peak_mib, cpu_s = await watched
    return Ended(process.returncode or 0, took_s, cpu_s, peak_mib, told.decode())


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGKILL)


async def _used_by_the_end(process: asyncio.subprocess.Process, killed_at_cpu_s: float) -> tuple[int, float]:
    """The most memory (MiB) and the CPU (s) that it was seen to use, looked at until it is gone."""
    used = (0, 0.0)
    while now := _used_by(process.pid):
        used = now
        if now[1] >= killed_at_cpu_s:
            _kill(process)
        await asyncio.sleep(0.05)
    return used


def _used_by(pid: int) -> tuple[int, float] | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        found = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
        return (found[0] // 1024, cpu_s(pid)) if found else None
    except (FileNotFoundError, ProcessLookupError):
        return None


async def state_in(data: Path, network: BigNetwork) -> NetworkImport | None:
    """How far the import is."""
    async with open_database(data / STORE, readers=1) as database:
        return await open_stores(database).imports.state_of(network.key)


async def digest_in(data: Path, network: BigNetwork) -> Digest:
    """Of all that is stored."""
    async with open_database(data / STORE, readers=1) as database:
        return await digest_of(open_stores(database).creations, network.key)


async def counts_in(stores: Stores, network: BigNetwork) -> list[object]:
    """What is told by indexes and counts of the accounts with the most children."""
    most = sorted(network.children, key=lambda number: -len(network.children[number]))[:50]
    return [await stores.creations.children_with_children(network.ref(number), 30) for number in most]
