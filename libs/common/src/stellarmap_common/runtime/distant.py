"""The simulated network where it is a process of its own: how far it is made, and what is worth seeing in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from stellarmap_common.adapters.local.sandbox import About, about_sandbox
from stellarmap_common.domain.network import AccountRef, Address, sandbox_key
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.ports.clock import Clock
from stellarmap_common.runtime.resources import Example, Filling
from stellarmap_common.runtime.settings import SandboxSettings

log = structlog.get_logger(__name__)

HORIZON, ABOUT = "/horizon", "/about"
LOOK_S = 1.0
AWAY_S = 5.0


class DistantSandbox:
    """What was last heard of it. Until it is heard of at all, nothing is said of its filling: its Horizon may answer."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._key = sandbox_key(settings.sandbox_seed, settings.sandbox_accounts)
        self._about: About | None = None
        self._ready = asyncio.Event()

    async def ready(self) -> None:
        """Returns once it is made, or known to be none of ours."""
        await self._ready.wait()

    def filling(self) -> Filling | None:
        """How far it is made; None when it is, or nobody knows."""
        about = self._about
        return Filling(about.made, about.accounts) if about and about.made < about.accounts else None

    def examples(self) -> tuple[Example, ...]:
        """Accounts worth seeing; empty until it is made."""
        worth = self._about.examples if self._about else ()
        return tuple(Example(AccountRef(self._key, Address(each.address)), each.title) for each in worth)

    def moving(self) -> tuple[AccountRef, ...]:
        """None are known: who runs a sandbox as a process of its own looks at what they like."""
        return ()

    async def look(self, url: str, clock: Clock) -> None:
        """Asks until the network is made: after that, what it tells stays as it is."""
        told = False
        while True:
            try:
                self._about = await about_sandbox(url)
            except SourceUnavailable as error:
                if not told:
                    log.warning("sandbox_away", error=str(error))
                told = True
                await clock.sleep(AWAY_S)
                continue
            if self.filling() is None:
                self._ready.set()
                return
            await clock.sleep(LOOK_S)


@asynccontextmanager
async def open_distant_sandbox(
    horizon_url: str, settings: SandboxSettings, clock: Clock
) -> AsyncIterator[DistantSandbox]:
    """The sandbox whose Horizon is at that URL; it is asked for the rest meanwhile."""
    sandbox = DistantSandbox(settings)
    look = asyncio.create_task(
        sandbox.look(horizon_url.removesuffix(HORIZON) + ABOUT, clock), name="look at the sandbox"
    )
    try:
        yield sandbox
    finally:
        look.cancel()
        await asyncio.gather(look, return_exceptions=True)
