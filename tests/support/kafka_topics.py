"""The topics and groups of a test's Kafka, by plain aiokafka: nothing of ours stands between them and what is said of them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.partitioner import murmur2
from aiokafka.structs import TopicPartition

from tests.support.harness_log import Heard
from tests.support.system import until

POLL_MS = 200
GONE_S = 30
LOOK_S = 0.05
OWN = "stellarmap."

_consumer: Any = AIOKafkaConsumer  # aiokafka gives them no types
_hash: Any = murmur2


async def heard_at(bootstrap: Sequence[str]) -> list[Heard]:
    """Every record of our topics, those of a partition in their order."""
    async with _reading(bootstrap) as consumer:
        ends = {place: end for place, end in (await consumer.end_offsets(await _places(bootstrap))).items() if end}
        consumer.assign(list(ends))
        await consumer.seek_to_beginning()
        heard: list[Heard] = []
        while ends:
            for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                heard += [Heard(each.topic, each.value or b"", dict(each.headers)) for each in records]
            ends = {place: end for place, end in ends.items() if await consumer.position(place) < end}
        return heard


async def unread(bootstrap: Sequence[str], topic: str, group: str) -> int:
    """How many records of the topic the group has not committed."""
    async with _asking(bootstrap) as admin, _reading(bootstrap) as consumer:
        places = [place for place in await _places(bootstrap) if place.topic == topic]
        committed = await admin.list_consumer_group_offsets(group)
        ends = await consumer.end_offsets(places)
    return sum(end - (committed[place].offset if place in committed else 0) for place, end in ends.items())


@asynccontextmanager
async def committing(bootstrap: Sequence[str], topic: str, group: str) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """While open, says at once how many records of the topic the group has committed."""
    async with _asking(bootstrap) as admin:

        async def committed() -> int:
            offsets = await admin.list_consumer_group_offsets(group)
            return sum(each.offset for place, each in offsets.items() if place.topic == topic)

        yield committed


def place_of(topic: str, partitions: int, key: str) -> TopicPartition:
    """Where every client of Kafka puts the records of this key."""
    return TopicPartition(topic, (_hash(key.encode()) & 0x7FFFFFFF) % partitions)


async def remove_topics(bootstrap: Sequence[str]) -> None:
    """Afterwards none of our topics is there, nor any group's offset in one."""
    async with _asking(bootstrap) as admin:

        async def gone() -> bool:
            return not any(name.startswith(OWN) for name in await admin.list_topics())

        if ours := [name for name in await admin.list_topics() if name.startswith(OWN)]:
            await admin.delete_topics(ours)
        await until(gone, within_s=GONE_S, what="the topics are gone", every_s=LOOK_S)


async def members_of(bootstrap: Sequence[str], group: str) -> dict[str, set[TopicPartition]]:
    """What each member of the group reads, by the id that the broker knows it by: of a static one it begins with its name."""
    async with _asking(bootstrap) as admin:
        answer: Any
        (answer,) = await admin.describe_consumer_groups([group])
    (_, _, _, _, _, members) = answer.groups[0]
    return {member_id: _assigned(assignment) for member_id, _, _, _, assignment in members}


def _assigned(assignment: bytes) -> set[TopicPartition]:
    if not assignment:  # it has joined, and waits for the others
        return set()
    told = ConsumerProtocolMemberAssignment.decode(assignment)
    return {TopicPartition(topic, number) for topic, numbers in told.assignment for number in numbers}


async def _places(bootstrap: Sequence[str]) -> list[TopicPartition]:
    async with _asking(bootstrap) as admin:
        topics = await admin.describe_topics()
    ours = [topic for topic in topics if topic["topic"].startswith(OWN)]
    return [TopicPartition(topic["topic"], each["partition"]) for topic in ours for each in topic["partitions"]]


@asynccontextmanager
async def _reading(bootstrap: Sequence[str]) -> AsyncIterator[Any]:
    consumer = _consumer(bootstrap_servers=list(bootstrap), group_id=None, auto_offset_reset="earliest")
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


@asynccontextmanager
async def _asking(bootstrap: Sequence[str]) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=list(bootstrap))
    await admin.start()  # type: ignore[no-untyped-call]  # aiokafka gives it no types
    try:
        yield admin
    finally:
        await admin.close()  # type: ignore[no-untyped-call]  # nor it
