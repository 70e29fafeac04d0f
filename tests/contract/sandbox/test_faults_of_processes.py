"""Both homes of the simulated network: the product's process and one of its own. Faults, commands, and a stop in time."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.system import STELLARMAP, environment, running_system

SERVE = [sys.executable, "-c", "from stellarmap_sandbox.cli import app; app()", "serve", "--port", "0"]


@dataclass
class Home:
    """A process with the network in it."""

    url: str  # below which /sandbox is
    folder: Path
    process: asyncio.subprocess.Process
    log: Path

    @property
    def admin(self) -> dict[str, str]:
        return {"authorization": f"Bearer {(self.folder / 'admin-token').read_text().strip()}"}

    async def command(self, *words: str) -> str:
        """What `stellarmap sandbox faults` says about the process that holds the data folder."""
        process = await asyncio.create_subprocess_exec(
            *(STELLARMAP, "sandbox", "faults", *words),
            env=environment(self.folder, {}),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0
        return told.decode()

    async def stopped(self) -> int:
        """The exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 30)


@asynccontextmanager
async def own_process(folder: Path) -> AsyncIterator[Home]:
    log = folder.with_suffix(".log")
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            *SERVE,
            *("--data-dir", str(folder)),
            stdout=asyncio.subprocess.PIPE,
            stderr=written,
            env={**os.environ, "STELLARMAP_SANDBOX_ACCOUNTS": "1000", "STELLARMAP_SANDBOX_LEDGER_S": "0"},
            cwd=folder.parent,
        )
    try:
        assert process.stdout is not None
        told = {}
        while "Ready" not in told:
            name, _, rest = (await asyncio.wait_for(process.stdout.readline(), 60)).decode().partition("  ")
            assert name, log.read_text()
            told[name] = rest.strip()
        assert told["Faults"] == told["Horizon"].replace("/horizon", "/sandbox/faults")
        assert Path(told["Admin token"]) == folder / "admin-token"
        yield Home(told["Horizon"].removesuffix("/horizon"), folder, process, log)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@asynccontextmanager
async def product(folder: Path) -> AsyncIterator[Home]:
    async with running_system(folder, sandbox_ledger_s=0) as system:
        await system.filled()
        yield Home(system.url, folder, system.process, system.log)


HOMES = {"own": own_process, "product": product}


@pytest.mark.parametrize("name", HOMES)
async def test_faults_are_switched_over_http_in_both_homes_and_a_stop_waits_for_nobody(
    tmp_path: Path, name: str
) -> None:
    async with HOMES[name](tmp_path / "home") as home, httpx.AsyncClient(base_url=home.url, trust_env=False) as client:
        assert (await client.get("/sandbox/faults")).status_code == httpx.codes.UNAUTHORIZED
        faults = {"seed": 7, "faults": [{"kind": "rate_limited", "path": "/ledgers"}]}
        put = await client.put("/sandbox/faults", json=faults, headers=home.admin)
        assert put.status_code == httpx.codes.OK, put.text
        refused = await client.get("/sandbox/horizon/ledgers")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "3")
        assert (await client.get("/sandbox/horizon/")).is_success
        (seen,) = (await client.get("/sandbox/faults", headers=home.admin)).json()["faults"]
        assert (seen["hits"], seen["state"]) == (1, "active")

        if name == "product":  # a process of its own is named by --url: test_faults_by_command.py
            assert "1 hits" in await home.command("list")
            assert "reset" in await home.command("set", "reset", "--path", "/nowhere")
            assert await home.command("off") == "Nothing goes wrong: the network answers as it should.\n"

        held = [{"kind": "timeout", "seconds": 3_600, "path": "/ledgers"}]
        await client.put("/sandbox/faults", json={"faults": held}, headers=home.admin)
        waiting = asyncio.create_task(client.get("/sandbox/horizon/ledgers", timeout=60))
        stream = {"accept": "text/event-stream"}
        async with client.stream("GET", "/sandbox/horizon/payments?cursor=now", headers=stream, timeout=60) as events:
            lines = events.aiter_lines()
            assert await anext(lines) == "retry: 1000"
            assert await home.stopped() == 0
            assert [line async for line in lines][-2] == 'data: "byebye"'
        with pytest.raises(httpx.RemoteProtocolError):
            await waiting
        said = home.log.read_text()  # HTTP waits 3 s for a stream that does not end, then cancels it, and says so
        assert "Cancel" not in said
        assert "Traceback" not in said
