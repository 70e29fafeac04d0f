"""The bus on Apache Kafka: the same as the embedded one, over FastStream's own broker."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from stellarmap_common.adapters.kafka.backlog import LogBacklog
from stellarmap_common.adapters.kafka.bus import Bus, BusParts, broker_options
from stellarmap_common.adapters.kafka.cluster.access import KafkaAccess, security_of
from stellarmap_common.adapters.kafka.cluster.broker import ClusterKafkaBroker
from stellarmap_common.adapters.kafka.cluster.errors import translated
from stellarmap_common.adapters.kafka.cluster.joining import ClusterJoining
from stellarmap_common.adapters.kafka.cluster.letters import KafkaLetters
from stellarmap_common.adapters.kafka.cluster.view import KafkaLogView, open_view
from stellarmap_common.adapters.kafka.decoding import Accepts
from stellarmap_common.adapters.kafka.log_dead_letters import ReplayableDeadLetters
from stellarmap_common.adapters.kafka.topics import Durability
from stellarmap_common.events.topics import TOPICS, Topic
from stellarmap_common.observability.metrics import Metrics
from stellarmap_common.ports.clock import Clock

CONNECT_S = 30.0
REQUEST_MS = 20_000
MOST_BYTES = 2 * 1_024 * 1_024  # of a dead letter; other topics take what brokers take by default


@asynccontextmanager
async def open_kafka_bus(  # noqa: PLR0913 - what it stands between
    access: KafkaAccess,
    *,
    clock: Clock,
    metrics: Metrics,
    accepts: Accepts,
    topics: Sequence[Topic] = TOPICS,
    options: Mapping[str, Any] | None = None,
) -> AsyncIterator[Bus]:
    """The bus over a Kafka cluster. Its topics must be there before subscriptions run.

    `options`: `broker_options` of the metrics, for who opens it more than once with the same: they can be made once.

    Raises: TransientError, when no broker answers.
    """
    async with _connected(access, options or broker_options(metrics), clock) as (broker, view):

        async def writable() -> None:
            async with translated("answer"):
                await broker.config.broker_config.admin_client.describe_cluster()

        backlog = LogBacklog(view, topics)
        parts = BusParts(
            topics=topics,
            clock=clock,
            metrics=metrics,
            accepts=accepts,
            lags=backlog.lags,
            backlog=backlog,
            works=backlog.works,
            writable=writable,
            dead_letters=ReplayableDeadLetters(KafkaLetters(broker, view, topics), broker, clock),
            durability=Durability(access.replication, access.min_isr),
            joining=ClusterJoining(broker, access.instance_id),
        )
        yield Bus(broker, parts)


@asynccontextmanager
async def _connected(
    access: KafkaAccess, options: Mapping[str, Any], clock: Clock
) -> AsyncIterator[tuple[ClusterKafkaBroker, KafkaLogView]]:
    """Raises: TransientError, when no broker answers."""
    broker = ClusterKafkaBroker(
        list(access.bootstrap_servers),
        security=security_of(access),
        allow_auto_create_topics=False,
        acks="all",
        enable_idempotence=True,
        request_timeout_ms=REQUEST_MS,
        max_request_size=MOST_BYTES,
        **options,
    )
    try:
        async with translated(f"answer at {', '.join(access.bootstrap_servers)}", CONNECT_S):
            await broker.start()
            view = await open_view(broker.config.broker_config.admin_client, broker.config.broker_config.builder, clock)
        try:
            yield broker, view
        finally:
            await view.stop()
    finally:
        await broker.stop()
