"""The table of topics, as a broker must have it: with the dead-letter and replay topics of each group."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code
from faststream.kafka import KafkaBroker

from stellarmap_common.adapters.kafka.dead_letters import DEAD_LETTERS, REPLAYS
from stellarmap_common.events.topics import DEAD_LETTER_RETENTION_S, Topic, dead_letter_topic, replay_topic

_CLEANUP = "cleanup.policy"
_RETENTION = "retention.ms"
_MIN_ISR = "min.insync.replicas"
_MOST_BYTES = "max.message.bytes"
_LOOK_S = 0.02
_DEAD_LETTER_BYTES = 2 * 1_024 * 1_024  # a record as large as any broker takes, and why it is a dead letter


@dataclass(frozen=True, slots=True)
class Durability:
    """Of how many brokers each record needs the disk."""

    replication: int
    min_isr: int


@dataclass(frozen=True, slots=True)
class WantedTopic:
    """A topic the broker must have."""

    name: str
    partitions: int
    configs: Mapping[str, str]
    replication: int | None = None  # None: there is one broker, and nothing to choose


def wanted_topics(topics: Iterable[Topic], durability: Durability | None = None) -> tuple[WantedTopic, ...]:
    """Every topic of the table, and two more for each group that reads it; on a cluster with its durability."""
    wanted = (each for topic in topics for each in _with_companions(topic))
    return tuple(each if durability is None else _durable(each, durability) for each in wanted)


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


def _durable(topic: WantedTopic, durability: Durability) -> WantedTopic:
    configs = {**topic.configs, _MIN_ISR: str(durability.min_isr)}
    if topic.name.endswith((DEAD_LETTERS, REPLAYS)):
        configs[_MOST_BYTES] = str(_DEAD_LETTER_BYTES)
    return replace(topic, configs=configs, replication=durability.replication)


async def missing_topics(broker: KafkaBroker, names: Iterable[str]) -> tuple[str, ...]:
    """Those the broker does not have."""
    existing = set(await broker.config.broker_config.admin_client.list_topics())
    return tuple(name for name in names if name not in existing)


async def apply_topics(broker: KafkaBroker, wanted: Sequence[WantedTopic]) -> tuple[str, ...]:
    """Afterwards the broker has every topic; names of those it did not have. Existing ones are left as they are."""
    admin = broker.config.broker_config.admin_client
    existing = set(await admin.list_topics())
    missing = [topic for topic in wanted if topic.name not in existing]
    if not missing:
        return ()
    new = [_new(topic) for topic in missing]
    answer = await admin.create_topics(new)
    for result in answer.to_object()["topic_errors"]:
        error = for_code(result["error_code"]) if result["error_code"] else None
        if error is not None and error is not TopicAlreadyExistsError:  # another process may be applying too
            raise error(result.get("error_message") or result["topic"])
    while await missing_topics(broker, [topic.name for topic in missing]):  # noqa: ASYNC110 - nobody tells of it
        await asyncio.sleep(_LOOK_S)  # who answers may hear of them later than who created them
    return tuple(topic.name for topic in missing)


def _new(topic: WantedTopic) -> NewTopic:
    return NewTopic(topic.name, topic.partitions, topic.replication or 1, topic_configs=dict(topic.configs))  # type: ignore[no-untyped-call]  # no types


async def topics_diff(broker: KafkaBroker, wanted: Sequence[WantedTopic]) -> tuple[str, ...]:
    """One line for each way in which the broker differs from the table; empty when it does not."""
    admin = broker.config.broker_config.admin_client
    existing = set(await admin.list_topics())
    names = [topic.name for topic in wanted if topic.name in existing]
    described = await admin.describe_topics(names) if names else []
    partitions = {topic["topic"]: topic["partitions"] for topic in described}
    configs = await _configs_of(admin, names) if names else {}
    return tuple(line for topic in wanted for line in _differences(topic, partitions, configs))


async def _configs_of(admin: Any, names: Sequence[str]) -> dict[str, dict[str, str]]:  # noqa: ANN401 - either admin client
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]  # type: ignore[no-untyped-call]  # no types
    answers = await admin.describe_configs(resources)
    found = [resource for answer in answers for resource in answer.to_object()["resources"]]
    return {
        resource["resource_name"]: {
            entry["config_names"]: entry["config_value"] for entry in resource["config_entries"]
        }
        for resource in found
    }


def _differences(
    topic: WantedTopic,
    partitions: Mapping[str, Sequence[Mapping[str, Any]]],
    configs: Mapping[str, Mapping[str, str]],
) -> Iterator[str]:
    if topic.name not in partitions:
        yield f"{topic.name}: missing"
        return
    if (told_many := len(partitions[topic.name])) != topic.partitions:
        yield f"{topic.name}: {told_many} partitions, the table says {topic.partitions}"
    if topic.replication is not None:
        for replicas in sorted({len(partition["replicas"]) for partition in partitions[topic.name]}):
            if replicas != topic.replication:
                yield f"{topic.name}: {replicas} replicas, the settings say {topic.replication}"
    for name, value in topic.configs.items():
        told = configs[topic.name].get(name)
        if told != value:
            yield f"{topic.name}: {name} is {told}, {'the settings say' if name == _MIN_ISR else 'the table says'} {value}"
