"""Dead letters: how a record is set aside with its original bytes, and how it is given back to its group as it was."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata
from faststream.kafka import KafkaBroker

from stellarmap_common.adapters.kafka.decoding import Record
from stellarmap_common.errors import TransientError
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.dead_letters import DeadLetterEntry
from stellarmap_common.ports.subscription import DeadLetter

MARK = "dlq_"
REPLAYED_FROM = "replayed_from"  # header of a replayed record: the id of its dead letter
DEAD_LETTERS = ".dlq"
REPLAYS = ".replay"
CONTENT_TYPE = "content-type"
WRITTEN = ("reason", "attempts", "group", "topic", "partition", "offset")
_LONGEST_REASON = 1_000

Headers = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class DeadLetterBox:
    """Where the records of one group go that it could not handle."""

    broker: KafkaBroker
    clock: Clock
    group: str
    topic: str

    async def put(self, record: Record, letter: DeadLetter) -> None:
        """Afterwards the record is durable in the dead-letter topic. Raises: TransientError."""
        told = (letter.reason[:_LONGEST_REASON], letter.attempts, self.group)
        place = (record.topic, record.partition, record.offset)
        marks = [
            (f"{MARK}{name}", str(value).encode(errors="replace"))
            for name, value in zip(WRITTEN, (*told, *place), strict=True)
        ]
        with _translated(self.topic):
            await (
                await _sent(
                    self.broker, self.clock, self.topic, record.key, record.value, _originals(record.headers) + marks
                )
            )


async def replay(broker: KafkaBroker, clock: Clock, entries: Iterable[DeadLetterEntry]) -> None:
    """Afterwards each original record is durable in the replay topic of its group, and says where it came from.

    Raises: TransientError.
    """
    sent = []
    with _translated("the replay topics"):
        for entry in entries:
            headers = [*_restored(entry.headers), (REPLAYED_FROM, str(entry.id).encode())]
            topic = replay_topic_of(entry.topic)
            sent.append(await _sent(broker, clock, topic, entry.key, entry.value, headers))
        await asyncio.gather(*sent)  # together, for one wait on the disk


def replay_topic_of(dead_letter_topic: str) -> str:
    """The replay topic beside a dead-letter topic."""
    return f"{dead_letter_topic.removesuffix(DEAD_LETTERS)}{REPLAYS}"


async def _sent(  # noqa: PLR0913, PLR0917 - a record has these parts
    broker: KafkaBroker, clock: Clock, topic: str, key: bytes | None, value: bytes | None, headers: Headers
) -> "asyncio.Future[RecordMetadata]":
    """Done when the record is durable, byte for byte."""
    # FastStream's publish takes text headers only, and these may be the very bytes that made the record undecodable.
    producer = broker.config.producer._producer.producer  # type: ignore[attr-defined]  # noqa: SLF001
    now_ms = int(clock.now().timestamp() * 1_000)
    sent: asyncio.Future[RecordMetadata] = await producer.send(
        topic, value=value or b"", key=key, timestamp_ms=now_ms, headers=headers
    )
    return sent


@contextmanager
def _translated(where: str) -> Iterator[None]:
    try:
        yield
    except KafkaError as error:
        raise TransientError(f"a record could not be written to {where}: {error!r}") from error


def _originals(headers: Sequence[tuple[str, bytes]]) -> Headers:
    """A reader that trusts `content-type` would choke on what was set aside because it is no such content."""
    return [
        (f"{MARK}{CONTENT_TYPE}" if name == CONTENT_TYPE else name, value)
        for name, value in headers
        if not name.startswith(MARK) or name == f"{MARK}{CONTENT_TYPE}"
    ]


def _restored(headers: Sequence[tuple[str, bytes]]) -> Headers:
    return [
        (CONTENT_TYPE if name == f"{MARK}{CONTENT_TYPE}" else name, value)
        for name, value in headers
        if name != REPLAYED_FROM
    ]
