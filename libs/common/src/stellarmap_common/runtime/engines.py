"""What an installation keeps everything in. The mode chooses its adapters here, and nowhere else."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.kafka.bus import Bus
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.observability.metrics import Metrics, open_metrics
from stellarmap_common.ports.backlog import Backlog
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.dead_letters import DeadLetterReader, DeadLetters
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.ports.stores import Stores
from stellarmap_common.ports.subscription import Subscription
from stellarmap_common.runtime.settings import Mode, Settings

Accepts = Callable[[NetworkKey], bool]


class ServiceBus(Protocol):
    """The bus as services have it."""

    publisher: EventPublisher
    backlog: Backlog
    dead_letters: DeadLetters

    @property
    def ready(self) -> bool:
        """True while subscriptions run: all their consumers have joined."""
        ...

    @property
    def waits(self) -> bool:
        """True while no server of it has answered yet."""
        ...

    async def writable(self) -> None:
        """Returns once an event could be published and an offset committed. Raises: TransientError."""
        ...

    def running(
        self, subscriptions: Iterable[Subscription], settled: Callable[[], Awaitable[None]] | None = None
    ) -> AbstractAsyncContextManager[None]:
        """While open, the subscriptions run."""
        ...


class Engine(Protocol):
    """Bus and store of one mode: to run on, and for commands to look at."""

    @property
    def shared(self) -> bool:
        """True when other processes may write the store at the same time."""
        ...

    def open_bus(self, clock: Clock, metrics: Metrics, accepts: Accepts) -> AbstractAsyncContextManager[ServiceBus]:
        """The bus, with every topic; also before its servers answer."""
        ...

    def open_stores(self, metrics: Metrics) -> AbstractAsyncContextManager[Stores]:
        """The stores, with the newest schema. Raises: SchemaRefused, StoreUnavailable."""
        ...

    def open_import(self) -> AbstractAsyncContextManager[Stores]:
        """The stores for an import, with the newest schema: also those that one has left unfinished.

        Raises: LogInUse (a process runs on the data folder), SchemaRefused, StoreUnavailable.
        """
        ...

    def open_to_look(self) -> AbstractAsyncContextManager[Stores]:
        """The stores beside whoever writes them, for reading. Raises: NotFound, SchemaRefused, StoreUnavailable."""
        ...

    def open_topics(self) -> AbstractAsyncContextManager[Bus]:
        """The bus as it is, to compare or apply its topics."""
        ...

    def open_dead_letters(self) -> AbstractAsyncContextManager[DeadLetterReader]:
        """The dead letters, beside whoever runs. Raises: NotFound, TransientError."""
        ...

    async def migrate(self) -> list[str]:
        """Afterwards the store has the newest schema; the names of what was applied. Raises: SchemaRefused."""
        ...

    async def store_told(self) -> str:
        """The state of the store as a sentence. Raises: SchemaRefused, StoreUnavailable."""
        ...

    async def bus_told(self) -> str:
        """The state of the bus as a sentence. Raises: TransientError, LogTooNew, LogForeign, LogUnavailable."""
        ...


def engine_of(settings: Settings) -> Engine:
    """The engine of the settings' mode. Nothing is opened yet."""
    # Imported here: a process needs one of the two, and to import the drivers of the other takes half a second.
    if settings.process.mode is Mode.CLUSTER:
        from stellarmap_common.runtime.cluster_engine import ClusterEngine  # noqa: PLC0415

        return ClusterEngine(settings)
    from stellarmap_common.runtime.embedded_engine import EmbeddedEngine  # noqa: PLC0415

    return EmbeddedEngine(settings.process)


def unseen() -> Metrics:
    """For commands, whose metrics nobody reads."""
    return open_metrics(CollectorRegistry())


def any_network(_: object) -> bool:
    """Nothing is handled here, so nothing needs to be refused."""
    return True
