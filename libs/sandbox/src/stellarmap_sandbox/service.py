"""The simulated network, opened: made or found made, living, and answering as Horizon, Stellar Expert and BigQuery do."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.ports.clock import Clock
from stellarmap_common.runtime.admin import AdminToken
from stellarmap_common.runtime.resources import Example, Filling
from stellarmap_common.runtime.settings import SandboxSettings
from stellarmap_sandbox.bigquery.app import bigquery_app
from stellarmap_sandbox.bigquery.jobs import Jobs
from stellarmap_sandbox.expert import expert_app
from stellarmap_sandbox.faults.admin import FaultsEndpoint
from stellarmap_sandbox.faults.fault import Source
from stellarmap_sandbox.faults.faulty import Faulty
from stellarmap_sandbox.faults.switched import Faults
from stellarmap_sandbox.filling import folder_of
from stellarmap_sandbox.horizon.answering import Answering
from stellarmap_sandbox.horizon.app import horizon_app
from stellarmap_sandbox.horizon.throttle import Throttle
from stellarmap_sandbox.keys import GENESIS
from stellarmap_sandbox.living import Living
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.pace import Pace
from stellarmap_sandbox.spec import NetworkSpec
from stellarmap_sandbox.truth import Truth
from stellarmap_sandbox.world import NetworkNotMade, World

log = structlog.get_logger(__name__)

_SLICE_S: Final = 0.005  # of work on ledgers between two looks at the event loop
_TITLES: Final = {
    "small": "Eight hops from genesis",
    "hub": "The largest hub",
    "reborn": "Created three times",
    "contract": "Created by a contract",
    "deep": "A very long chain",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxTraits:
    """What tests may choose besides the settings."""

    hub_children: int | None = None  # see NetworkSpec
    elder_unknown_s: float = 0  # so long after a start, Horizon's root says ledger 0 for its oldest
    stream_s: float = 55  # streams are closed after so long


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The opened network."""

    app: Starlette
    """Answers `/horizon/…`, `/expert/…`, `/bigquery/…`, `/faults` and `/about` below where it is mounted."""
    world: World
    faults: Faults
    """What goes wrong on request; also at `/faults`, for who holds the admin token."""
    frozen: bool = False

    async def ready(self) -> None:
        """Returns once the network answers. Raises: NetworkNotMade."""
        await self.world.ready()

    def filling(self) -> Filling | None:
        """How far the network is made; None when it is."""
        return self.world.filling()

    def examples(self) -> tuple[Example, ...]:
        """Accounts worth seeing; empty until the network is made."""
        return examples_of(self.world)

    def moving(self) -> tuple[AccountRef, ...]:
        """Accounts whose balances move all the time, and across thresholds; none until it is made, or where it is frozen."""
        network = None if self.frozen else self.world.network
        return (
            tuple(AccountRef(self.world.spec.key, network.keys.address(hub)) for hub in network.cast.hubs)
            if network
            else ()
        )

    def let_go(self) -> None:
        """Afterwards streams end and no answer is held: to be called before the server stops, which would wait for them."""
        self.world.let_go()

    @property
    def truth(self) -> Truth:
        """What is true of the network now. Raises: NetworkNotMade while it is being made."""
        if self.world.network is None:
            raise NetworkNotMade(f"{self.world.spec.key} is still being made; wait for `ready`")
        return Truth(self.world.network, self.world.elder_ledger)


def examples_of(world: World) -> tuple[Example, ...]:
    """Accounts of the network worth seeing; empty until it is made."""
    network = world.network
    if network is None:
        return ()
    found = [(network.cast.examples[name], title) for name, title in _TITLES.items() if name in network.cast.examples]
    key, address = world.spec.key, network.keys.address
    shown = (*found, (GENESIS, "Genesis"))
    return tuple(Example(AccountRef(key, address(number)), title) for number, title in shown)


def told_of(world: World) -> dict[str, Any]:
    """What a system asks of a network that is another process: how far it is made, and what is worth seeing."""
    filling, accounts = world.filling(), world.spec.accounts
    examples = [{"address": each.account.address, "title": each.title} for each in examples_of(world)]
    return {"made": filling.done if filling else accounts, "accounts": accounts, "examples": examples}


@asynccontextmanager
async def open_sandbox(
    settings: SandboxSettings,
    data_dir: Path,
    clock: Clock,
    traits: SandboxTraits | None = None,
    *,
    admin: AdminToken | None = None,
) -> AsyncIterator[Sandbox]:
    """The network of the settings, kept in `data_dir`. It answers at once, with 503 until it is made.

    Without `admin` nobody can switch faults on over HTTP.
    """
    chosen = traits or SandboxTraits()
    spec = NetworkSpec(settings.sandbox_seed, settings.sandbox_accounts, chosen.hub_children)
    world = World(spec, settings.sandbox_elder_ledger)
    answering = Answering(world, Throttle(settings.sandbox_max_per_hour, clock), chosen.stream_s)
    faults = Faults(clock)
    horizon = Faulty(horizon_app(answering), Source.HORIZON, faults, world=world, clock=clock)
    expert = Faulty(expert_app(world), Source.EXPERT, faults, world=world, clock=clock)
    jobs = Jobs(world, clock)
    bigquery = Faulty(bigquery_app(jobs), Source.BIGQUERY, faults, world=world, clock=clock)
    switch = Route("/faults", FaultsEndpoint(faults, admin))
    about = Route("/about", lambda _: JSONResponse(told_of(world)))
    sources = {"/horizon": horizon, "/expert": expert, "/bigquery": bigquery}
    app = Starlette(routes=[*(Mount(path, source) for path, source in sources.items()), switch, about])
    pace = Pace.kept_in(data_dir / "sandbox" / f"{spec.name}.json", settings.sandbox_ledger_s, clock.now())
    task = asyncio.create_task(_live(world, data_dir, pace, clock, chosen.elder_unknown_s), name="sandbox network")
    try:
        yield Sandbox(app, world, faults, pace.frozen)
    finally:
        world.let_go()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await jobs.close()


async def _live(world: World, data_dir: Path, pace: Pace, clock: Clock, elder_unknown_s: float) -> None:
    """The network's whole life; what ends it early is said at once, to whoever waits for it too."""
    try:
        network = await _made(world, data_dir)
        living = Living(network)
        await _go_on(living, network, pace, clock)
        world.elder_known = not elder_unknown_s
        world.show(network)
        if elder_unknown_s:
            await clock.sleep(elder_unknown_s)
            world.elder_known = True
        while not pace.frozen:
            await clock.sleep(pace.seconds_to_next(clock.now()))
            await _go_on(living, network, pace, clock)
            world.ledger_closed()
    except Exception as error:
        log.exception("sandbox_stopped", network=world.spec.key)
        world.give_up(error)


async def _go_on(living: Living, network: Network, pace: Pace, clock: Clock) -> None:
    """The network is at its present ledger; the event loop was never held for long."""
    ends = time.perf_counter() + _SLICE_S
    while network.ledger < pace.ledger_at(clock.now()):
        living.close_ledger()
        if time.perf_counter() > ends:
            await asyncio.sleep(0)
            ends = time.perf_counter() + _SLICE_S


async def _made(world: World, data_dir: Path) -> Network:
    """The network, mapped from its files, which a process of its own has made if they were not there."""
    folder = folder_of(world.spec, data_dir)
    if not folder.exists():
        await _fill(world, data_dir)
    world.made = world.spec.accounts
    return Network(world.spec, folder)


async def _fill(world: World, data_dir: Path) -> None:
    spec = world.spec
    hub = "" if spec.hub_children is None else str(spec.hub_children)
    arguments = (str(spec.seed), str(spec.accounts), hub, str(data_dir))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "stellarmap_sandbox.filling", *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        async for line in process.stdout:
            world.made = int(line)
        if await process.wait():
            raise NetworkNotMade(
                f"the process that makes {spec.key} ended with {process.returncode}; its messages are above"
            )
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
