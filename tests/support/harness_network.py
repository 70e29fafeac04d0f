"""The simulated network as a process of its own: what it was asked, what is true of it, and what troubles it makes."""

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from stellarmap_common.domain.network import Address
from stellarmap_sandbox.keys import GENESIS
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.rows import CREATIONS
from stellarmap_sandbox.spec import NetworkSpec
from stellarmap_sandbox.truth import Truth
from tests.support.sandbox import SEED, made_network
from tests.support.system import environment
from tests.support.tree import ROOT

READY_S = 180
STOP_S = 10
HORIZON, READY = "Horizon", "Ready"


class Asked(NamedTuple):
    """A request that came to the network."""

    at: float  # monotonic clock of the machine
    question: str  # path and query


@dataclass(slots=True)
class NetworkProcess:
    """A running `stellarmap sandbox serve`."""

    process: asyncio.subprocess.Process
    url: str
    spec: NetworkSpec
    folder: Path
    network: Network
    _lines: list[Asked] = field(default_factory=list)
    _read_to: int = 0

    @property
    def truth(self) -> Truth:
        return Truth(self.network)

    @property
    def hub(self) -> Address:
        """The account with the most children."""
        return self.hubs(1)[0]

    def hubs(self, count: int) -> list[Address]:
        """The accounts with the most children, the largest first."""
        rows = self.network.rows
        makers = Counter(rows.a[row] for row in range(len(rows.op)) if rows.kind[row] in CREATIONS)
        makers.pop(GENESIS, None)
        return [self.network.keys.address(number) for number, _ in makers.most_common(count)]

    def settings(self, **more: object) -> dict[str, Any]:
        """What makes a system use it."""
        return {
            "horizon_url_sandbox": f"{self.url}/horizon",
            "expert_url_sandbox": f"{self.url}/expert",
            "bigquery_url_sandbox": f"{self.url}/bigquery",
            "sandbox_accounts": self.spec.accounts,
            "sandbox_seed": self.spec.seed,
            **more,
        }

    def asked(self, since: float = 0) -> list[Asked]:
        """What was asked of Horizon since then, in order."""
        with (self.folder / "asked").open() as file:
            file.seek(self._read_to)
            text = file.read()
        whole = text[: text.rfind("\n") + 1]
        self._read_to += len(whole)
        for line in whole.splitlines():
            at, question = line.split(" ", 1)
            self._lines.append(Asked(float(at), question))
        return sorted(each for each in self._lines if each.at >= since and each.question.startswith("/horizon"))

    def pages(self, account: Address, since: float = 0) -> Counter[str]:
        """How often each page of the account's payments was asked for."""
        path = f"/horizon/accounts/{account}/payments"
        return Counter(each.question for each in self.asked(since) if each.question.startswith(path))

    async def trouble(self, *faults: dict[str, object], seed: int = 1) -> None:
        """Afterwards these faults, and no others, are on."""
        token = (self.folder / "admin-token").read_text().strip()
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.put(
                f"{self.url}/sandbox/faults",
                json={"seed": seed, "faults": faults},
                headers={"Authorization": f"Bearer {token}"},
            )
        assert answer.is_success, f"{answer.status_code} {answer.text}"

    async def kill(self) -> None:
        """Afterwards nobody answers."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def network_process(
    folder: Path, *, accounts: int, hub_children: int | None = None, port: int = 0, **settings: object
) -> AsyncIterator[NetworkProcess]:
    """A frozen network of that size, made and answering from a process of its own; ended at the end."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - before anything waits for this loop
    spec = NetworkSpec(SEED, accounts, hub_children)
    arguments = ["serve", "--port", str(port), "--data-dir", str(folder)]
    arguments += [] if hub_children is None else ["--hub-children", str(hub_children)]
    own = {"sandbox_seed": SEED, "sandbox_accounts": accounts, "sandbox_ledger_s": 0, **settings}
    with (folder / "network.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.support.harness_serve", str(folder / "asked"), *arguments),
            env=environment(folder, own),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    try:
        url = await asyncio.wait_for(_told_url(process), READY_S)
        yield NetworkProcess(process, url, spec, folder, made_network(folder, spec))
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _told_url(process: asyncio.subprocess.Process) -> str:
    """Where Horizon's prefix is, once the network is made."""
    assert process.stdout is not None
    url = ""
    while line := (await process.stdout.readline()).decode():
        name, _, rest = line.partition(" ")
        url = rest.strip().removesuffix("/horizon") if name == HORIZON else url
        if name == READY:
            return url
    raise AssertionError("the network ended before it was ready")


def most_within(asked: Sequence[Asked], seconds: float) -> int:
    """The most requests in any span of that length."""
    first = most = 0
    for last, each in enumerate(asked):
        while asked[first].at <= each.at - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
