"""The simulated network for tests: its files made in this process, its app spoken to without a socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from stellarmap_common.domain.network import Address
from stellarmap_common.ports.clock import Clock
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.settings import SandboxSettings
from stellarmap_sandbox.filling import fill, folder_of
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.service import Sandbox, SandboxTraits, open_sandbox
from stellarmap_sandbox.spec import NetworkSpec

SEED = 7
SMALL = 1_000
BASE = "http://sandbox.test/sandbox"  # the app is mounted below a prefix, as in the embedded process


def sandbox_settings(
    accounts: int = SMALL, *, ledger_s: float = 0, max_per_hour: int = 0, elder_ledger: int = 0
) -> SandboxSettings:
    """Settings of a frozen network, whatever the environment says."""
    return SandboxSettings(
        sandbox_seed=SEED,
        sandbox_accounts=accounts,
        sandbox_ledger_s=ledger_s,
        sandbox_max_per_hour=max_per_hour,
        sandbox_elder_ledger=elder_ledger,
    )


def made_network(data_dir: Path, spec: NetworkSpec) -> Network:
    """The network, its files made in this process if they are not there."""
    folder = folder_of(spec, data_dir)
    if not folder.exists():
        fill(spec, folder, lambda _: None)
    return Network(spec, folder)


def digest(folder: Path) -> str:
    """One hash of all that is in the folder."""
    return sha256(b"".join(file.name.encode() + file.read_bytes() for file in sorted(folder.iterdir()))).hexdigest()


@asynccontextmanager
async def running_sandbox(
    data_dir: Path, settings: SandboxSettings, *, traits: SandboxTraits | None = None, clock: Clock | None = None
) -> AsyncIterator["Asked"]:
    """The opened, filled network and a client to ask it."""
    async with open_sandbox(settings, data_dir, clock or SystemClock(), traits) as sandbox, asking(sandbox) as asked:
        await sandbox.ready()
        yield asked


@asynccontextmanager
async def asking(sandbox: Sandbox) -> AsyncIterator["Asked"]:
    """A client of the sandbox, ready or not."""
    app = Starlette(routes=[Mount("/sandbox", sandbox.app)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        yield Asked(sandbox, client)


class Asked:
    """The sandbox as its clients see it, and its truth."""

    def __init__(self, sandbox: Sandbox, client: httpx.AsyncClient) -> None:
        self.sandbox = sandbox
        self.client = client
        self.world = sandbox.world

    @property
    def network(self) -> Network:
        """The network itself."""
        assert self.world.network is not None
        return self.world.network

    def example(self, name: str) -> Address:
        """The address of one of the accounts worth seeing."""
        return self.network.keys.address(self.network.cast.examples[name])

    async def raw(self, path: str, headers: dict[str, str] | None = None, **query: str | int) -> httpx.Response:
        """Horizon's answer, whatever it is."""
        return await self.client.get(f"{BASE}/horizon{path}", params=query or None, headers=headers)

    async def get(self, path: str, **query: str | int) -> Any:
        """Horizon's record or page."""
        answer = await self.raw(path, None, **query)
        assert answer.status_code == httpx.codes.OK, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def records(self, path: str, **query: str | int) -> list[Any]:
        """The records of one page."""
        page = await self.get(path, **query)
        return list(page["_embedded"]["records"])

    async def all_records(self, path: str, **query: str | int) -> list[Any]:
        """All records of a list, page by page: a short one is the last."""
        found: list[Any] = []
        cursor, limit = "", 200
        while True:
            page = await self.records(path, cursor=cursor, limit=limit, **query)
            found += page
            if len(page) < limit:
                return found
            cursor = page[-1]["paging_token"]

    async def problem(self, path: str, headers: dict[str, str] | None = None, **query: str | int) -> tuple[int, Any]:
        """Status and body of an answer that is a problem."""
        answer = await self.raw(path, headers, **query)
        assert answer.headers["content-type"] == "application/problem+json; charset=utf-8", answer.text[:300]
        return answer.status_code, answer.json()

    async def expert(self, path: str, **query: str) -> httpx.Response:
        """Stellar Expert's answer."""
        return await self.client.get(f"{BASE}/expert{path}", params=query or None)
