"""The embedded system as its users run it: a process of its own, spoken to over HTTP, killed and started again."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

STELLARMAP = str(Path(sys.executable).with_name("stellarmap"))
UP = (STELLARMAP, "up")
_WITHOUT_TRACKER = """
from stellarmap_common.runtime import members
members.SERVICES = tuple(each for each in members.SERVICES if each != "hva-tracker")
from stellarmap_common.cli.main import app
app()
"""
UP_WITHOUT_TRACKER = (sys.executable, "-c", _WITHOUT_TRACKER, "up")
"""For tests that keep a book of standings themselves."""
START_S = 60
STOP_S = 25
END_S = 240
ASK_AGAIN_S = 60
LOOK_S = 0.02
LOOK_SELDOM_S = 0.1
AT_ONCE = 100
ALL_PAGES = 100_000
AT = " is at "


class NotInTime(AssertionError):
    """A fact that was waited for did not come true."""


@dataclass(slots=True)
class System:
    """A running `stellarmap up`."""

    process: asyncio.subprocess.Process
    url: str
    log: Path
    api: httpx.AsyncClient

    async def get(self, path: str, **query: str | int) -> Any:
        answer = await self.api.get(f"/api/v1{path}", params=query)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def ask(self, address: str, network: str = "sandbox", **ask: object) -> str:
        """Asks for a lineage, again where a part is busy; the request's id, or "" if it was answered from the store."""

        async def answered() -> httpx.Response | None:
            answer = await self.api.post(f"/api/v1/{network}/accounts/{address}/requests", json=ask)
            return None if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else answer

        answer = await until(answered, within_s=ASK_AGAIN_S, what=f"{address} asked for", log=self.log, every_s=1)
        assert answer.is_success, f"{address}: {answer.status_code} {answer.text}"
        return str(answer.json()["request_id"] or "") if answer.status_code == httpx.codes.ACCEPTED else ""

    async def completed(
        self, request_id: str, network: str = "sandbox", *, within_s: float = 60, every_s: float = LOOK_S
    ) -> Any:
        """The status of the request once it is completed."""

        async def done() -> Any:
            answer = await self.api.get(f"/api/v1/{network}/requests/{request_id}")
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                return None  # a store that is down for a moment, or busy: whoever waits asks again
            assert answer.is_success, f"{request_id}: {answer.status_code} {answer.text}"
            status = answer.json()
            return status if status["completed"] else None

        return await until(done, within_s=within_s, what=f"request {request_id}", log=self.log, every_s=every_s)

    async def map_all(self, addresses: Iterable[str], *, within_s: float, at_once: int = AT_ONCE) -> None:
        """Afterwards every account is mapped, its own children all read and none of them expanded.

        The request that was made first is looked at alone: a look at each would take more of the system than the mapping does.
        """
        waiting: deque[str] = deque()
        for address in addresses:
            if len(waiting) == at_once:
                await self.completed(waiting.popleft(), within_s=within_s, every_s=LOOK_SELDOM_S)
            if request_id := await self.ask(address, budget=0, pages=ALL_PAGES):
                waiting.append(request_id)
        for request_id in waiting:
            await self.completed(request_id, within_s=within_s, every_s=LOOK_SELDOM_S)

    async def filled(self, within_s: float = 120) -> None:
        """Returns when the simulated network is made."""

        async def ready() -> bool:
            networks = (await self.get("/networks"))["networks"]
            return all(each["fill"] is None for each in networks if each["simulated"])

        await until(ready, within_s=within_s, what="the sandbox", log=self.log)

    async def kill(self) -> None:
        """As a power cut would: nothing is finished."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """As an operator would: SIGTERM, and the exit code."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), STOP_S)


async def until(fact: Any, *, within_s: float, what: str, log: Path | None = None, every_s: float = LOOK_S) -> Any:
    """What `fact()` gives once it is true. Raises: NotInTime, with the end of the log."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        found = await fact()
        if found:
            return found
        await asyncio.sleep(every_s)
    tail = _end_of(log) if log else ""
    raise NotInTime(f"{what}: not within {within_s} s\n{tail}")


def environment(data_dir: Path, settings: Mapping[str, object]) -> dict[str, str]:
    """The environment of a system whose settings are these, and nobody else's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STELLARMAP_")}
    own = {
        "data_dir": data_dir,
        "http_port": 0,
        "networks": "sandbox",
        "sandbox_accounts": 1_000,
        "reads_per_minute": 1_000_000,  # tests look often
        "searches_per_minute": 100_000,
        "requests_per_minute": 100_000,
        "standings_seed": False,  # they count what the network is asked, too: who wants a seed says so
        **settings,
    }
    return {**kept, **{f"STELLARMAP_{name.upper()}": str(value) for name, value in own.items()}}


@asynccontextmanager
async def running_system(data_dir: Path, **settings: object) -> AsyncIterator[System]:
    """A system of its own on the data folder; stopped at the end, however the test ends."""
    async with running(UP, data_dir, settings) as system:
        yield system


@asynccontextmanager
async def running(command: Sequence[str], data_dir: Path, settings: Mapping[str, object]) -> AsyncIterator[System]:
    """The same, by another command than `stellarmap up`."""
    system = await started(command, data_dir, settings)
    try:
        yield system
    finally:
        await system.api.aclose()
        if system.process.returncode is None:
            with contextlib.suppress(TimeoutError):
                await system.stop()
        if system.process.returncode is None:
            await system.kill()


async def start_system(data_dir: Path, **settings: object) -> System:
    """A started system; whoever started it stops it."""
    return await started(UP, data_dir, settings)


async def started(command: Sequence[str], data_dir: Path, settings: Mapping[str, object]) -> System:
    """The same, by another command than `stellarmap up`."""
    process, log = await _begun(data_dir, settings, command)
    assert process.stdout is not None
    try:
        url = await asyncio.wait_for(_told_url(process.stdout), START_S)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    api = httpx.AsyncClient(base_url=url, timeout=30, trust_env=False)
    return System(process=process, url=url, log=log, api=api)


async def exit_code(data_dir: Path, *, command: Sequence[str] = UP, **settings: object) -> int:
    """How a system ended that was started to end by itself: it may do so before it says where it is."""
    process, _ = await _begun(data_dir, settings, command)
    try:
        await asyncio.wait_for(process.communicate(), END_S)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    return await process.wait()


async def _begun(
    data_dir: Path, settings: Mapping[str, object], command: Sequence[str]
) -> tuple[asyncio.subprocess.Process, Path]:
    log = _log_beside(data_dir)
    with log.open("ab") as written:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=environment(data_dir, settings),
            cwd=data_dir,
            stdout=asyncio.subprocess.PIPE,
            stderr=written,
        )
    return process, log


def _log_beside(data_dir: Path) -> Path:
    data_dir.mkdir(parents=True, exist_ok=True)
    return data_dir.with_name(f"{data_dir.name}.log")


def _end_of(log: Path) -> str:
    return log.read_text()[-4_000:] if log.exists() else ""


async def _told_url(output: asyncio.StreamReader) -> str:
    while line := (await output.readline()).decode():
        if AT in line:
            return line.partition(AT)[2].strip()
    raise NotInTime("the system ended before it said where it is")
