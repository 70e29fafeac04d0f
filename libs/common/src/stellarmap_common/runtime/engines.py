"""What an installation keeps everything in. The mode chooses its adapters here, and nowhere else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.kafka.bus import Bus, open_embedded_bus
from stellarmap_common.adapters.kafka.log_dead_letters import open_log_reader
from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.log_file import log_topics
from stellarmap_common.adapters.sqlite.looking import open_to_look
from stellarmap_common.adapters.sqlite.migrations import migrate, schema_state
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.errors import NotFound, PermanentError
from stellarmap_common.observability.metrics import Metrics, open_metrics
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.dead_letters import DeadLetterReader
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.folder import data_folder
from stellarmap_common.runtime.settings import ProcessSettings, Settings

STORE = "store.sqlite"
LOG = "log.sqlite"

Accepts = Callable[[NetworkKey], bool]


class Engine(Protocol):
    """Bus and store of one mode: to run on, and for commands to look at."""

    def open_bus(self, clock: Clock, metrics: Metrics, accepts: Accepts) -> AbstractAsyncContextManager[Bus]:
        """The bus, with every topic."""
        ...

    def open_stores(self, metrics: Metrics) -> AbstractAsyncContextManager[Stores]:
        """The stores, with the newest schema. Raises: SchemaRefused, StoreUnavailable."""
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
    return EmbeddedEngine(settings.process)


class EmbeddedEngine:
    """Two SQLite files in the data folder, which one process owns."""

    def __init__(self, process: ProcessSettings) -> None:
        self._process = process

    @asynccontextmanager
    async def open_bus(self, clock: Clock, metrics: Metrics, accepts: Accepts) -> AsyncIterator[Bus]:
        async with open_embedded_bus(
            data_folder(self._process) / LOG, clock=clock, metrics=metrics, accepts=accepts
        ) as bus:
            await bus.apply_topics()
            yield bus

    @asynccontextmanager
    async def open_stores(self, metrics: Metrics) -> AsyncIterator[Stores]:  # noqa: ARG002 - a file has no statements to tell of
        await self.migrate()
        async with open_database(self._store) as database:
            yield open_stores(database)

    @asynccontextmanager
    async def open_to_look(self) -> AsyncIterator[Stores]:
        if not self._store.exists():
            raise NotFound(f"There is no store in {self._process.data_dir}. Start with `stellarmap up`.")
        async with open_to_look(self._store) as database:
            yield open_stores(database)

    @asynccontextmanager
    async def open_topics(self) -> AsyncIterator[Bus]:
        path = data_folder(self._process) / LOG
        async with open_embedded_bus(path, clock=SystemClock(), metrics=_unseen(), accepts=_any) as bus:
            yield bus

    @asynccontextmanager
    async def open_dead_letters(self) -> AsyncIterator[DeadLetterReader]:
        if not self._log.exists():
            raise NotFound(f"There is no event log in {self._process.data_dir.resolve()}. Start with `stellarmap up`.")
        async with open_log_reader(self._log) as letters:
            yield letters

    async def migrate(self) -> list[str]:
        return await asyncio.to_thread(migrate, data_folder(self._process) / STORE)

    async def store_told(self) -> str:
        if not self._store.exists():
            return self._none_yet()
        state = schema_state(self._store)
        if state.refused:
            raise PermanentError(state.refused)
        pending = f", {len(state.pending)} to come with the next start" if state.pending else ""
        return f"{self._store}, {len(state.applied)} migrations applied{pending}"

    async def bus_told(self) -> str:
        return f"{self._log}, {log_topics(self._log)} topics" if self._log.exists() else self._none_yet()

    @property
    def _store(self) -> Path:
        return self._process.data_dir / STORE

    @property
    def _log(self) -> Path:
        return self._process.data_dir / LOG

    def _none_yet(self) -> str:
        return f"none yet; `stellarmap up` makes it in {self._process.data_dir}"


def _unseen() -> Metrics:
    """For commands, whose metrics nobody reads."""
    return open_metrics(CollectorRegistry())


def _any(_: object) -> bool:
    """Nothing is handled here, so nothing needs to be refused."""
    return True
