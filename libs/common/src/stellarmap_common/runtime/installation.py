"""A running installation: all services in one process, or one of them; with what they share, opened in the order of need.

Closing is the reverse: the socket first (the sandbox's address is ours), the stores before the bus whose handlers write them,
HTTP before the bus runs (steps call the sandbox through it) and after it has drained.
"""

import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from prometheus_client import CollectorRegistry
from starlette.responses import PlainTextResponse

from stellarmap_common.adapters.sqlite.log_file import LogInUse
from stellarmap_common.adapters.stellar.genesis import genesis_of
from stellarmap_common.adapters.stellar.sources import Access, Sources, open_sources
from stellarmap_common.domain.network import AccountRef, NetworkKey, NetworkName
from stellarmap_common.observability.metrics import Metrics, open_metrics
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.networks import Networks
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.admin import AdminToken, admin_token
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.config import LiveConfig, live_config
from stellarmap_common.runtime.distant import DistantSandbox, open_distant_sandbox
from stellarmap_common.runtime.engines import ServiceBus, engine_of
from stellarmap_common.runtime.epochs import LEARN_S, Epochs
from stellarmap_common.runtime.folder import data_folder
from stellarmap_common.runtime.front import Front, allowed_hosts
from stellarmap_common.runtime.http import Part, bound_socket, compose, serving, url_of
from stellarmap_common.runtime.loops import running_loops
from stellarmap_common.runtime.members import SERVICES, SandboxNetwork, open_service_of, sandbox_opener, web_app
from stellarmap_common.runtime.networks import build_networks
from stellarmap_common.runtime.probes import Probes
from stellarmap_common.runtime.resources import Example, Filling, Resources
from stellarmap_common.runtime.running import announced, running_url
from stellarmap_common.runtime.service import Loop, Service, without_work
from stellarmap_common.runtime.settings import Mode, Settings
from stellarmap_common.runtime.settings_base import InvalidSettings
from stellarmap_common.runtime.standby import Standby, standby_of

SANDBOX = "/sandbox"
_NOTHING = PlainTextResponse("This service has no pages: /livez, /readyz and /metrics.\n", HTTPStatus.NOT_FOUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The running process."""

    url: str
    resources: Resources
    sandbox: SandboxNetwork | DistantSandbox | None  # None: not offered
    probes: Probes

    async def ready(self) -> None:
        """Returns when every network can be asked. Raises: what kept the sandbox of this process from being made."""
        if self.sandbox is not None:
            await self.sandbox.ready()


@asynccontextmanager
async def open_installation(
    settings: Settings, services: Sequence[str] = SERVICES, *, handles: bool = True
) -> AsyncIterator[Installation]:
    """While open, the services run in this process: all of them in embedded mode. Leaving drains the steps in flight first.

    Without `handles` they answer over HTTP alone: nothing is read from the bus, and no loop turns.

    Raises: FolderUnusable, PortBusy, LogInUse (another process has the data folder), SchemaRefused, TransientError (a server
    of cluster mode does not answer), InvalidSettings.
    """
    clock: Clock = SystemClock()
    metrics = open_metrics(CollectorRegistry())
    engine = engine_of(settings)
    _require_consistent(settings)
    admin = admin_token(settings.process)
    async with AsyncExitStack() as opened:
        bound = opened.enter_context(bound_socket(settings.process))
        networks = build_networks(settings, genesis_of, url_of(bound))
        # The log of embedded mode is locked by one process: opened first, it keeps a second one from touching the store.
        bus = await opened.enter_async_context(engine.open_bus(clock, metrics, partial(_accepts, networks)))
        stores = await opened.enter_async_context(engine.open_stores(metrics))
        await Epochs(networks, stores.epochs).learn()
        config = await live_config(stores.config, settings)
        sandbox = await opened.enter_async_context(_sandbox(settings, clock, admin))
        sources = await opened.enter_async_context(
            open_sources(networks, _access(settings, config), usage=stores.usage, clock=clock, metrics=metrics)
        )
        config.follow(sources.limit)
        parts = _Opened(
            settings=settings,
            config=config,
            admin=admin,
            networks=networks,
            clock=clock,
            metrics=metrics,
            bus=bus,
            stores=stores,
            sandbox=sandbox,
            sources=sources,
        )
        resources = _resources(parts)
        found = [await opened.enter_async_context(open_service_of(name)(resources)) for name in services]
        working = found if handles else [without_work(each) for each in found]
        standby = _standby(parts, working)
        probes = _probes(parts, working, standby)
        await opened.enter_async_context(_running(parts, working, bound, probes, standby))
        installation = Installation(url=url_of(bound), resources=resources, sandbox=sandbox, probes=probes)
        if settings.process.mode is Mode.EMBEDDED:
            opened.enter_context(announced(settings.process.data_dir, installation.url))
        yield installation


def _access(settings: Settings, config: LiveConfig) -> Access:
    return Access(config=config(), alone=settings.process.mode is Mode.EMBEDDED)


def _accepts(networks: Networks, key: NetworkKey) -> bool:
    # Events of an epoch that is over, or that this process has not learned of, are no poison: handlers drop the former.
    return networks.of(key) is not None or networks.may_have_begun(key)


def _require_consistent(settings: Settings) -> None:
    """Raises what would else be found only after something was opened."""
    if settings.process.mode is Mode.EMBEDDED:
        folder = data_folder(settings.process)
        if url := running_url(folder):  # said before its port is found busy, which another port would not mend
            raise LogInUse(
                f"StellarMap runs on {folder} already, at {url}. Use or stop that one, or set STELLARMAP_DATA_DIR to "
                "another folder."
            )
    elif NetworkName.SANDBOX in settings.networks.networks and not settings.networks.horizon_url_sandbox:
        raise InvalidSettings(
            "In cluster mode the sandbox network is a process of its own (`stellarmap sandbox serve`): set "
            "STELLARMAP_HORIZON_URL_SANDBOX to where that answers, or leave sandbox out of STELLARMAP_NETWORKS"
        )


@asynccontextmanager
async def _sandbox(
    settings: Settings, clock: Clock, admin: AdminToken
) -> AsyncIterator[SandboxNetwork | DistantSandbox | None]:
    if NetworkName.SANDBOX not in settings.networks.networks:
        yield None
        return
    if url := settings.networks.horizon_url_sandbox:
        async with open_distant_sandbox(url, settings.sandbox, clock) as distant:
            yield distant
        return
    async with sandbox_opener()(settings.sandbox, settings.process.data_dir, clock, admin=admin) as sandbox:
        yield sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """What is opened before the services."""

    settings: Settings
    config: LiveConfig
    admin: AdminToken
    networks: Networks
    clock: Clock
    metrics: Metrics
    bus: ServiceBus
    stores: Stores
    sandbox: SandboxNetwork | DistantSandbox | None
    sources: Sources


def _resources(opened: _Opened) -> Resources:
    own, sandbox = opened.networks.named(NetworkName.SANDBOX), opened.sandbox

    def filling(network: NetworkKey) -> Filling | None:
        return sandbox.filling() if sandbox and own and network == own.key else None

    def examples(network: NetworkKey) -> tuple[Example, ...]:
        return sandbox.examples() if sandbox and own and network == own.key else ()

    def moving(network: NetworkKey) -> tuple[AccountRef, ...]:
        return sandbox.moving() if sandbox and own and network == own.key else ()

    return Resources(
        settings=opened.settings,
        config=opened.config,
        admin=opened.admin,
        networks=opened.networks,
        stores=opened.stores,
        publisher=opened.bus.publisher,
        backlog=opened.bus.backlog,
        clock=opened.clock,
        metrics=opened.metrics,
        horizon=opened.sources.horizon,
        expert=opened.sources.expert,
        limiter=opened.sources.limiter,
        federation=opened.sources.federation,
        home_domains=opened.sources.home_domains,
        dead_letters=opened.bus.dead_letters,
        bus_ready=lambda: opened.bus.ready,
        bus_writable=opened.bus.writable,
        examples=examples,
        moving=moving,
        filling=filling,
    )


def _standby(opened: _Opened, services: Sequence[Service]) -> Standby:
    """What the process waits for before it works. A process of embedded mode has no other beside it."""
    embedded = opened.settings.process.mode is Mode.EMBEDDED
    return standby_of(() if embedded else services, opened.stores.leases, opened.clock)


def _probes(opened: _Opened, services: Sequence[Service], standby: Standby) -> Probes:
    """Ready where its consumers have joined, or where it can do something without, or nothing yet."""
    reads, bus = any(service.app is not None for service in services), opened.bus
    return Probes(
        opened.networks,
        opened.stores,
        lambda: bus.ready or standby.waits or (reads and bus.waits),
        opened.metrics,
        opened.clock,
    )


@asynccontextmanager
async def _running(
    opened: _Opened, services: Sequence[Service], bound: socket.socket, probes: Probes, standby: Standby
) -> AsyncIterator[None]:
    """HTTP answers before the first record is read, and until the last one is done."""
    hosts = allowed_hosts(opened.settings.process)
    parts = [Part(path, Front(probes.app, hosts)) for path in probes.paths]
    parts += [Part("/api", service.app) for service in services if service.app is not None]
    own = None if isinstance(opened.sandbox, DistantSandbox) else opened.sandbox
    if own is not None:
        # Not all of /sandbox: the pages of the network of that name live there too.
        sandbox = Front(own.app, hosts)
        parts += [
            Part(f"{SANDBOX}/{api}", sandbox, root=SANDBOX) for api in ("horizon", "expert", "bigquery", "faults")
        ]
    pages = web_app() if any(service.app is not None for service in services) else _NOTHING
    app = compose(parts, Front(pages, hosts))
    # To join its groups may take longer than who does not turn is left alive, or than a change may take.
    first = (Loop(name="pulse", run_once=probes.turn, interval_s=1.0), opened.config.loop)
    async with (
        serving(app, bound),
        running_loops(first, opened.clock),
        _letting_go(own),
        standby.working(partial(_work, opened, services)),
    ):
        yield


@asynccontextmanager
async def _work(opened: _Opened, services: Sequence[Service]) -> AsyncIterator[None]:
    """While open, events are handled and loops turn."""
    subscriptions = [row for service in services for row in service.subscriptions]
    if subscriptions:  # else nothing is read from the bus
        subscriptions.append(opened.config.subscription)
    learn = Epochs(opened.networks, opened.stores.epochs).learn
    loops = [Loop(name="epochs", run_once=learn, interval_s=LEARN_S)]
    loops += [loop for service in services for loop in service.loops]
    async with (
        opened.bus.running(subscriptions, opened.stores.health.settled),
        running_loops(loops, opened.clock),
    ):
        yield


@asynccontextmanager
async def _letting_go(sandbox: SandboxNetwork | None) -> AsyncIterator[None]:
    """What the sandbox holds open ends once nobody of ours asks it any more, and before HTTP waits for it."""
    yield
    if sandbox is not None:
        sandbox.let_go()
