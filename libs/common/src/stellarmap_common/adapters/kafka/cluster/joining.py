"""How subscriptions join their groups on Kafka.

A subscription is a group of Kafka's by itself, named as its dead-letter and replay topics are: when a consumer of one topic
comes or goes, those of the other topics of its service go on, and none of them has to finish what is in work.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from faststream.kafka import KafkaBroker

from stellarmap_common.adapters.kafka.cluster.errors import translated
from stellarmap_common.adapters.kafka.dead_letters import REPLAYS
from stellarmap_common.adapters.kafka.joining import Joining
from stellarmap_common.adapters.kafka.topics import missing_topics

SESSION_MS = 10_000
HEARTBEAT_MS = 1_000  # who joins waits until all others of the group have heard of it
REBALANCE_MS = 30_000  # so long may who hands over finish what is in work: 20 s, and commit it: 5 s
TOPICS_S = 30.0  # to create hundreds of partitions takes a while


def kafka_group(topic: str, group: str) -> str:
    """What Kafka calls the group that reads this topic, or replays of it."""
    return f"{topic.removesuffix(f'.{group}{REPLAYS}')}.{group}"


class ClusterJoining(Joining):
    """Of a bus on a cluster."""

    start_s = 120.0  # one after the other; each waits until others of its group have finished what is in work
    commit_s = 5.0

    def __init__(self, broker: KafkaBroker, instance_id: str) -> None:
        self._broker = broker
        self._instance_id = instance_id

    async def missing(self, names: Sequence[str]) -> tuple[str, ...]:
        """Those of these topics that are not there: a consumer would wait for them without a word."""
        async with self.answered("tell its topics"):
            return await missing_topics(self._broker, names)

    def options(self, topic: str, group: str) -> dict[str, Any]:
        """What the consumer of the group on this topic is told."""
        # Static membership: after a restart it gets back what it read, and nobody else is disturbed.
        instance = f"{self._instance_id}.{topic}" if self._instance_id else None
        return {
            "group_id": kafka_group(topic, group),
            "group_instance_id": instance,
            "session_timeout_ms": SESSION_MS,
            "heartbeat_interval_ms": HEARTBEAT_MS,
            "rebalance_timeout_ms": REBALANCE_MS,
        }

    def answered(self, what: str) -> AbstractAsyncContextManager[None]:
        """What is inside ends within 30 s. Raises: TransientError."""
        return translated(what, TOPICS_S)
