"""The topics and dead letters of a data folder, for commands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.kafka.bus import open_embedded_bus
from stellarmap_common.adapters.kafka.log_dead_letters import LogDeadLetters, open_log_reader
from stellarmap_common.errors import NotFound
from stellarmap_common.observability.metrics import open_metrics
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.embedded import LOG
from stellarmap_common.runtime.folder import data_folder
from stellarmap_common.runtime.settings import ProcessSettings, Settings


async def apply_topics(settings: Settings) -> tuple[str, ...]:
    """Afterwards every topic exists; names of the new ones. Raises: LogInUse."""
    async with open_embedded_bus(
        _log(settings.process), clock=SystemClock(), metrics=open_metrics(CollectorRegistry()), accepts=_any
    ) as bus:
        return await bus.apply_topics()


async def topics_diff(settings: Settings) -> tuple[str, ...]:
    """One line for each way in which the log differs from the table. Raises: LogInUse."""
    async with open_embedded_bus(
        _log(settings.process), clock=SystemClock(), metrics=open_metrics(CollectorRegistry()), accepts=_any
    ) as bus:
        return await bus.topics_diff()


@asynccontextmanager
async def open_dead_letters(process: ProcessSettings) -> AsyncIterator[LogDeadLetters]:
    """The dead letters of the data folder, also while another process runs on it. Raises: NotFound, LogUnavailable."""
    if not _exists(process):
        raise NotFound(f"There is no event log in {process.data_dir.resolve()}. Start with `stellarmap up`.")
    async with open_log_reader(process.data_dir / LOG) as letters:
        yield letters


def _exists(process: ProcessSettings) -> bool:
    return (process.data_dir / LOG).exists()


def _log(process: ProcessSettings) -> Path:
    return data_folder(process) / LOG


def _any(_: object) -> bool:
    """Nothing is handled here, so nothing needs to be refused."""
    return True
