"""`make cluster`: all of cluster mode on this machine, without containers. `python -m tests.support.cluster_up`.

Kafka and Cassandra from their jars, the sandbox network, and all services, each a process; the gateway has the web UI.
Settings are those of `make run`; everything is kept in the folder `cluster` of the data folder.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from stellarmap_common.domain.network import NetworkName
from stellarmap_common.events.topics import ENRICHER, HVA_TRACKER
from stellarmap_common.runtime.settings import Settings
from stellarmap_common.runtime.signals import stop_on_signals
from tests.support.cluster import GATEWAY, INGEST, INGEST_BIGQUERY, Servers, real_servers
from tests.support.system import AT, STELLARMAP

HEAP = "1g"
START_S = 120
STOP_S = 25
AGAIN_S = 1.0
REPLICAS = (f"{INGEST}-0", f"{INGEST}-1", f"{INGEST_BIGQUERY}-0", f"{ENRICHER}-0", f"{HVA_TRACKER}-0")
HORIZON, READY = "Horizon", "Ready"


def say(line: str) -> None:
    """Tells whoever sits at the terminal."""
    print(line, flush=True)  # noqa: T201 - that is what this program is for


@contextmanager
def told(what: str) -> Iterator[None]:
    """Says what was done, and how long it took."""
    began = time.monotonic()
    yield
    say(f"▸ {what:<34} {time.monotonic() - began:5.1f} s")


@dataclass(slots=True)
class Part:
    """A process that is to run as long as the rest does."""

    name: str
    command: tuple[str, ...]
    settings: Mapping[str, object]
    folder: Path
    process: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> Path:
        return self.folder / "logs" / f"{self.name}.log"

    async def start(self, first_line: str) -> str:
        """What it prints behind `first_line` once it runs. Raises: RuntimeError, with the end of its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        own = {f"STELLARMAP_{name.upper()}": str(value) for name, value in self.settings.items()}
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                env={**os.environ, **own},
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us: parts stop in their order
            )
        assert self.process.stdout is not None
        async with asyncio.timeout(START_S):
            while line := (await self.process.stdout.readline()).decode():
                if first_line in line:
                    return line.partition(first_line)[2].strip()
        code = await self.process.wait()
        raise RuntimeError(f"{self.name} ended with {code}. {self.log} ends so:\n{self.log.read_text()[-2_000:]}")

    async def keep(self, first_line: str) -> None:
        """Starts it again whenever it ends; never returns."""
        while self.process is not None:
            assert self.process.stdout is not None
            while await self.process.stdout.readline():
                pass  # else it would stand still once the pipe is full
            say(f"! {self.name} ended with {await self.process.wait()}, and is started again. Its log: {self.log}")
            await asyncio.sleep(AGAIN_S)
            with suppress(RuntimeError, TimeoutError):
                await self.start(first_line)

    async def stop(self) -> None:
        """Afterwards it has stopped in order, or was killed after 25 s."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), STOP_S)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


@asynccontextmanager
async def running(part: Part, first_line: str = AT) -> AsyncIterator[str]:
    """While open, the part runs; what it says of itself at its start."""
    with told(part.name):
        said = await part.start(first_line)
    keeping = asyncio.create_task(part.keep(first_line))
    try:
        yield said
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await part.stop()


async def command(*arguments: str, settings: Mapping[str, object]) -> None:
    """A command of an operator. Raises: RuntimeError."""
    own = {f"STELLARMAP_{name.upper()}": str(value) for name, value in settings.items()}
    process = await asyncio.create_subprocess_exec(
        *(STELLARMAP, *arguments),
        env={**os.environ, **own},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"stellarmap {' '.join(arguments)}:\n{said.decode()}")


async def map_first_example(url: str) -> None:
    """Something worth seeing at once: the sandbox's first example, once that network is made, unless something is mapped."""
    async with httpx.AsyncClient(base_url=f"{url}/api/v1/sandbox", trust_env=False) as api:
        while True:
            with suppress(httpx.HTTPError, KeyError):
                seen = (await api.get("/overview")).raise_for_status().json()
                if seen["examples"]:
                    if not any(each["mapped"] for each in seen["examples"]):
                        await api.post(f"/accounts/{seen['examples'][0]['address']}/requests", json={})
                    return
            await asyncio.sleep(AGAIN_S)


async def up(settings: Settings, servers: Servers, folder: Path) -> None:
    """Runs until a signal, then stops everything in the reverse order of its start."""
    own: dict[str, object] = {**servers.settings(), "data_dir": folder}
    with stop_on_signals() as stop:
        async with AsyncExitStack() as opened:
            with told("schema and topics"):
                await command("migrate", settings=own)
                await command("topics", "apply", settings=own)
            sandbox = NetworkName.SANDBOX in settings.networks.networks and not settings.networks.horizon_url_sandbox
            if sandbox:
                serve = (STELLARMAP, "sandbox", "serve", "--port", "0", "--data-dir", str(folder))
                part = Part("sandbox", serve, {}, folder)
                url = await opened.enter_async_context(running(part, HORIZON))
                at = url.removesuffix("/horizon")
                own |= {f"{api}_url_sandbox": f"{at}/{api}" for api in ("horizon", "expert", "bigquery")}
            for name in REPLICAS:
                run = (STELLARMAP, "run", name.rpartition("-")[0])
                replica = Part(name, run, {**own, "http_port": 0, "kafka_instance_id": name}, folder)
                await opened.enter_async_context(running(replica))
            gateway = Part(f"{GATEWAY}-0", (STELLARMAP, "run", GATEWAY), own, folder)
            url = await opened.enter_async_context(running(gateway))
            say(f"StellarMap is at {url}")
            say(f"Everything it keeps is in {folder}, logs in {folder / 'logs'}. Ctrl-C stops it.")
            first = asyncio.create_task(map_first_example(url)) if sandbox else None
            await stop.wait()
            say("Stopping: finishing the steps in flight …")
            if first is not None:
                first.cancel()
                await asyncio.gather(first, return_exceptions=True)
    say("Stopped. Everything asked is kept; `make cluster` goes on where it was.")


def main() -> int:
    """The exit code."""
    settings = Settings.load()
    folder = settings.process.data_dir.resolve() / "cluster"
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with real_servers(folder, heap=HEAP, keep=True) as servers:
        say(f"▸ {'Kafka and Cassandra':<34} {time.monotonic() - began:5.1f} s")
        try:
            asyncio.run(up(settings, servers, folder))
        except RuntimeError as problem:
            say(f"✗ {problem}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
