"""Embedded mode: bus and store are two SQLite files in the data folder, which one process owns."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from stellarmap_common.adapters.kafka.bus import Bus
from stellarmap_common.adapters.kafka.embedded.bus import open_embedded_bus
from stellarmap_common.adapters.kafka.embedded.letters import open_log_reader
from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.import_store import require_no_import
from stellarmap_common.adapters.sqlite.log_file import log_topics, sole_owner
from stellarmap_common.adapters.sqlite.looking import open_to_look
from stellarmap_common.adapters.sqlite.migrations import migrate, schema_state
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.errors import NotFound, PermanentError
from stellarmap_common.observability.metrics import Metrics
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.dead_letters import DeadLetterReader
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.engines import Accepts, any_network, unseen
from stellarmap_common.runtime.folder import data_folder
from stellarmap_common.runtime.settings import ProcessSettings

STORE = "store.sqlite"
LOG = "log.sqlite"


class EmbeddedEngine:
    """The files of one data folder."""

    shared = False

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
        require_no_import(self._store)
        async with open_database(self._store) as database:
            yield open_stores(database)

    @asynccontextmanager
    async def open_import(self) -> AsyncIterator[Stores]:
        # Who owns the log owns the store: nothing else starts on this folder until the import has ended.
        with sole_owner(data_folder(self._process) / LOG):
            await self.migrate()
            async with open_database(self._store) as database:
                yield open_stores(database)

    @asynccontextmanager
    async def open_to_look(self) -> AsyncIterator[Stores]:
        if not self._store.exists():
            raise NotFound(f"There is no store in {self._process.data_dir}. Start with `stellarmap up`.")
        require_no_import(self._store)
        async with open_to_look(self._store) as database:
            yield open_stores(database)

    @asynccontextmanager
    async def open_topics(self) -> AsyncIterator[Bus]:
        path = data_folder(self._process) / LOG
        async with open_embedded_bus(path, clock=SystemClock(), metrics=unseen(), accepts=any_network) as bus:
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
        require_no_import(self._store)
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
