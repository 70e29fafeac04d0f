"""The table of topics, as a broker must have it: with the dead-letter and replay topics of each group."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code
from faststream.kafka import KafkaBroker

from stellarmap_common.events.topics import DEAD_LETTER_RETENTION_S, Topic, dead_letter_topic, replay_topic

_CLEANUP = "cleanup.policy"
_RETENTION = "retention.ms"


@dataclass(frozen=True, slots=True)
class WantedTopic:
    """A topic the broker must have."""

    name: str
    partitions: int
    configs: Mapping[str, str]


def wanted_topics(topics: Iterable[Topic]) -> tuple[WantedTopic, ...]:
    """Every topic of the table, and two more for each group that reads it."""
    return tuple(wanted for topic in topics for wanted in _with_companions(topic))


def _with_companions(topic: Topic) -> Iterator[WantedTopic]:
    yield WantedTopic(topic.name, topic.partitions, _configs(topic.retention_s))
    for group in topic.consumers:
        # One partition: there are few of them, people read them in order, and each costs every broker a file.
        yield WantedTopic(dead_letter_topic(topic, group), 1, _configs(DEAD_LETTER_RETENTION_S))
        yield WantedTopic(replay_topic(topic, group), 1, _configs(DEAD_LETTER_RETENTION_S))


def _configs(retention_s: int | None) -> dict[str, str]:
    if retention_s is None:
        return {_CLEANUP: "compact"}
    return {_CLEANUP: "delete", _RETENTION: str(retention_s * 1_000)}


async def apply_topics(broker: KafkaBroker, wanted: Sequence[WantedTopic], replication: int) -> tuple[str, ...]:
    """Afterwards the broker has every topic; names of those it did not have. Existing ones are left as they are."""
    admin = broker.config.broker_config.admin_client
    existing = set(await admin.list_topics())
    missing = [topic for topic in wanted if topic.name not in existing]
    if not missing:
        return ()
    new = [_new(topic, replication) for topic in missing]
    answer = await admin.create_topics(new)
    for result in answer.to_object()["topic_errors"]:
        error = for_code(result["error_code"]) if result["error_code"] else None
        if error is not None and error is not TopicAlreadyExistsError:  # another process may be applying too
            raise error(result.get("error_message") or result["topic"])
    return tuple(topic.name for topic in missing)


def _new(topic: WantedTopic, replication: int) -> NewTopic:
    return NewTopic(topic.name, topic.partitions, replication, topic_configs=dict(topic.configs))  # type: ignore[no-untyped-call]


async def topics_diff(broker: KafkaBroker, wanted: Sequence[WantedTopic]) -> tuple[str, ...]:
    """One line for each way in which the broker differs from the table; empty when it does not."""
    admin = broker.config.broker_config.admin_client
    existing = set(await admin.list_topics())
    names = [topic.name for topic in wanted if topic.name in existing]
    described = await admin.describe_topics(names) if names else []
    partitions = {topic["topic"]: len(topic["partitions"]) for topic in described}
    configs = await _configs_of(admin, names) if names else {}
    return tuple(line for topic in wanted for line in _differences(topic, partitions, configs))


async def _configs_of(admin: Any, names: Sequence[str]) -> dict[str, dict[str, str]]:  # noqa: ANN401 - either admin client
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]  # type: ignore[no-untyped-call]
    answers = await admin.describe_configs(resources)
    found = [resource for answer in answers for resource in answer.to_object()["resources"]]
    return {
        resource["resource_name"]: {
            entry["config_names"]: entry["config_value"] for entry in resource["config_entries"]
        }
        for resource in found
    }


def _differences(
    topic: WantedTopic, partitions: Mapping[str, int], configs: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    if topic.name not in partitions:
        yield f"{topic.name}: missing"
        return
    if partitions[topic.name] != topic.partitions:
        yield f"{topic.name}: {partitions[topic.name]} partitions, the table says {topic.partitions}"
    for name, value in topic.configs.items():
        told = configs[topic.name].get(name)
        if told != value:
            yield f"{topic.name}: {name} is {told}, the table says {value}"
