"""The bus of embedded mode: the same as that of a cluster, over a log that this process owns."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from stellarmap_common.adapters.kafka.backlog import LogBacklog
from stellarmap_common.adapters.kafka.bus import Bus, BusParts, broker_options
from stellarmap_common.adapters.kafka.decoding import Accepts
from stellarmap_common.adapters.kafka.embedded.broker import EmbeddedKafkaBroker
from stellarmap_common.adapters.kafka.embedded.letters import SnapshotLetters
from stellarmap_common.adapters.kafka.embedded.view import SqliteLogView
from stellarmap_common.adapters.kafka.log_dead_letters import ReplayableDeadLetters
from stellarmap_common.adapters.sqlite.log import SqliteLog, open_log
from stellarmap_common.errors import TransientError
from stellarmap_common.events.topics import TOPICS, Topic
from stellarmap_common.observability.metrics import Metrics
from stellarmap_common.ports.clock import Clock

log = structlog.get_logger(__name__)

SWEEP_S = 60.0


@asynccontextmanager
async def open_embedded_bus(
    path: Path, *, clock: Clock, metrics: Metrics, accepts: Accepts, topics: Sequence[Topic] = TOPICS
) -> AsyncIterator[Bus]:
    """The bus over the log at `path`, which this process owns until the end. Apply the topics before anything else.

    Raises: LogInUse, LogTooNew, LogUnavailable.
    """
    async with open_log(path) as event_log, _sweeping(event_log, clock):
        broker = EmbeddedKafkaBroker(event_log, **broker_options(metrics))
        backlog = LogBacklog(SqliteLogView(event_log), topics)
        parts = BusParts(
            topics=topics,
            clock=clock,
            metrics=metrics,
            accepts=accepts,
            lags=backlog.lags,
            backlog=backlog,
            writable=event_log.writable,
            works=backlog.works,
            dead_letters=ReplayableDeadLetters(SnapshotLetters(event_log.snapshot()), broker, clock),
        )
        await broker.start()
        try:
            yield Bus(broker, parts)
        finally:
            await broker.stop()


@asynccontextmanager
async def _sweeping(event_log: SqliteLog, clock: Clock) -> AsyncIterator[None]:
    async def sweep() -> None:
        while True:
            await clock.sleep(SWEEP_S)
            try:
                await event_log.sweep(int(clock.now().timestamp() * 1_000))
            except TransientError as error:
                log.warning("log_not_swept", error=str(error))

    task = asyncio.create_task(sweep(), name="log retention")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
