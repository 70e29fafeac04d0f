"""What every service is given: opened once, shared by all of a process, closed after the last of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.observability.metrics import Metrics
from stellarmap_common.ports.backlog import Backlog
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.config import Configured
from stellarmap_common.ports.dead_letters import DeadLetters
from stellarmap_common.ports.federation import Federation
from stellarmap_common.ports.home_domains import HomeDomains
from stellarmap_common.ports.horizon import ExpertApi, HorizonApi
from stellarmap_common.ports.limits import Limiter
from stellarmap_common.ports.networks import Networks
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.admin import AdminToken
from stellarmap_common.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Example:
    """An account worth seeing first, and why."""

    account: AccountRef
    title: str


@dataclass(frozen=True, slots=True)
class Filling:
    """How far the simulated network is made: its Horizon answers when all of it is."""

    done: int
    total: int


async def _unasked() -> None:
    """Nothing is said against it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """The opened parts of an installation, behind ports."""

    settings: Settings
    config: Configured  # what may change at run time: asked each time, never kept
    admin: AdminToken
    networks: Networks
    stores: Stores
    publisher: EventPublisher
    backlog: Backlog
    clock: Clock
    metrics: Metrics
    horizon: Callable[[NetworkKey], HorizonApi]
    expert: Callable[[NetworkKey], ExpertApi | None]  # None: off for this network
    limiter: Limiter
    federation: Federation
    home_domains: HomeDomains
    dead_letters: DeadLetters
    examples: Callable[[NetworkKey], tuple[Example, ...]] = lambda _: ()
    moving: Callable[[NetworkKey], tuple[AccountRef, ...]] = lambda _: ()  # of a simulated network that lives
    filling: Callable[[NetworkKey], Filling | None] = lambda _: None  # None: nothing is being made
    bus_ready: Callable[[], bool] = lambda: True  # subscriptions run: what others tell is heard
    bus_writable: Callable[[], Awaitable[None]] = _unasked  # raises what keeps an event from being published
