"""Stands in for AIOKafkaAdminClient: topics of the log."""

from collections.abc import Sequence
from typing import Any

from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource
from aiokafka.errors import NoError, TopicAlreadyExistsError

from stellarmap_common.adapters.kafka.embedded.seam import NotOnThisSeam, Seam
from stellarmap_common.adapters.sqlite.log import SqliteLog
from stellarmap_common.adapters.sqlite.log_topics import LogTopic

RETENTION = "retention.ms"
CLEANUP = "cleanup.policy"
COMPACT = "compact"


class Answer:
    """A response of the protocol, as far as anyone reads it."""

    def __init__(self, **fields: Any) -> None:
        self._fields = fields

    def to_object(self) -> dict[str, Any]:
        """Its fields."""
        return self._fields


class EmbeddedAdmin(Seam):
    """Creates and describes topics."""

    def __init__(self, log: SqliteLog) -> None:
        self._log = log

    async def start(self) -> None:
        """Nothing has to be connected."""

    async def close(self) -> None:
        """Nothing is open."""

    async def create_topics(self, new_topics: Sequence[NewTopic]) -> Answer:
        """Afterwards each topic exists; the answer says of each whether it did before."""
        created = await self._log.create_topics(
            [_row(topic) for topic in new_topics if topic.name not in self._log.topics]
        )
        errors = [
            {
                "topic": topic.name,
                "error_code": NoError.errno if topic.name in created else TopicAlreadyExistsError.errno,
                "error_message": None,
            }
            for topic in new_topics
        ]
        return Answer(topic_errors=errors)

    async def list_topics(self) -> list[str]:
        """Names of all topics."""
        return list(self._log.topics)

    async def describe_topics(self, topics: Sequence[str]) -> list[dict[str, Any]]:
        """Partitions of these topics."""
        known = [self._log.topics[name] for name in topics if name in self._log.topics]
        return [
            {"topic": topic.name, "partitions": [{"partition": number} for number in range(topic.partitions)]}
            for topic in known
        ]

    async def describe_configs(self, config_resources: Sequence[ConfigResource]) -> list[Answer]:
        """Clean-up policy and retention of these topics."""
        names = [resource.name for resource in config_resources]
        resources = [
            {"error_code": 0, "resource_name": name, "config_entries": _entries(self._log.topics[name])}
            for name in names
        ]
        return [Answer(resources=resources)]

    async def describe_cluster(self) -> dict[str, Any]:
        """One broker: us."""
        return {"brokers": [], "cluster_id": "embedded", "controller_id": 0}


def _row(topic: NewTopic) -> LogTopic:
    configs = topic.topic_configs
    if RETENTION not in configs and configs.get(CLEANUP) != COMPACT:
        raise NotOnThisSeam(
            f"topic {topic.name} says neither {RETENTION} nor {CLEANUP}={COMPACT}: the table of topics does"
        )
    retention_ms = None if configs.get(CLEANUP) == COMPACT else int(configs[RETENTION])
    return LogTopic(topic.name, topic.num_partitions, retention_ms)


def _entries(topic: LogTopic) -> list[dict[str, str]]:
    kept = {CLEANUP: COMPACT} if topic.retention_ms is None else {CLEANUP: "delete", RETENTION: str(topic.retention_ms)}
    return [{"config_names": name, "config_value": value} for name, value in kept.items()]
