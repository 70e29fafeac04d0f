"""The simulated network behind a real socket of this process: it outlives the systems that are killed."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stellarmap_common.domain.network import Address
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.http import bound_socket, serving, url_of
from stellarmap_common.runtime.settings import ProcessSettings
from stellarmap_sandbox.keys import GENESIS
from stellarmap_sandbox.rows import CREATIONS
from stellarmap_sandbox.service import Sandbox, SandboxTraits, open_sandbox
from stellarmap_sandbox.truth import Truth
from tests.support.sandbox import sandbox_settings


@dataclass(slots=True)
class ServedSandbox:
    """Where it answers, what is true of it, and what it was asked."""

    sandbox: Sandbox
    url: str
    hub: Address  # the account with the most children
    asked: Counter[str] = field(default_factory=Counter)  # how often each path and query was asked
    heard: Callable[[str, str], None] = lambda method, path: None  # noqa: ARG005 - told of each request before it is answered
    said: Callable[[bytes], bytes] = bytes  # what is sent in the place of a piece of an answer, as long as that

    @property
    def truth(self) -> Truth:
        return self.sandbox.truth

    def settings(self) -> dict[str, Any]:
        """What makes a system use it."""
        accounts, seed = self.sandbox.world.spec.accounts, self.sandbox.world.spec.seed
        return {
            "horizon_url_sandbox": f"{self.url}/horizon",
            "expert_url_sandbox": f"{self.url}/expert",
            "bigquery_url_sandbox": f"{self.url}/bigquery",
            "sandbox_accounts": accounts,
            "sandbox_seed": seed,
        }


@asynccontextmanager
async def served_sandbox(
    data_dir: Path, *, accounts: int = 1_000, hub_children: int | None = None
) -> AsyncIterator[ServedSandbox]:
    """A frozen network of that size, made and answering."""
    process = ProcessSettings.model_validate({"http_port": 0})
    traits = SandboxTraits(hub_children=hub_children)
    async with open_sandbox(sandbox_settings(accounts), data_dir, SystemClock(), traits) as sandbox:
        await sandbox.ready()
        with bound_socket(process) as bound:
            served = ServedSandbox(sandbox, url_of(bound), _hub_of(sandbox))

            async def counting(scope: Any, receive: Any, send: Any) -> None:
                served.asked[f"{scope['path']}?{scope['query_string'].decode()}"] += 1
                if scope["type"] == "http":
                    served.heard(scope["method"], scope["path"])

                async def saying(message: Any) -> None:
                    body = message.get("body")
                    await send({**message, "body": served.said(body)} if body else message)

                await sandbox.app(scope, receive, saying)

            async with serving(counting, bound):
                yield served


def _hub_of(sandbox: Sandbox) -> Address:
    network = sandbox.world.network
    assert network is not None
    rows = network.rows
    makers = Counter(rows.a[row] for row in range(len(rows.op)) if rows.kind[row] in CREATIONS)
    makers.pop(GENESIS, None)
    return network.keys.address(makers.most_common(1)[0][0])
