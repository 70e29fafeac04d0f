"""How events leave through FastStream: those that are published together pass its middlewares once."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from aiokafka.errors import KafkaError
from faststream.kafka.publisher.producer import AioKafkaFastProducerImpl
from faststream.kafka.response import KafkaPublishCommand

from stellarmap_common.errors import TransientError

Confirmation = asyncio.Future[Any]
"""Done when a record is durable, or several that are durable together."""


class Outgoing(NamedTuple):
    """A record as it is handed to a producer: its key tells its partition."""

    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]


class OutgoingProducer(AioKafkaFastProducerImpl):
    """FastStream's producer, whose batches are records that have headers and a partition each.

    Those of FastStream become one batch of Kafka: of one partition, and with the same headers for all.
    """

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(parser=None, decoder=None)  # of answers to requests, which Kafka has none of

    async def publish_batch(self, cmd: KafkaPublishCommand) -> Any:  # noqa: ANN401 - FastStream expects metadata of one record
        """Afterwards the records are on their way, in their order: their confirmations.

        Raises: TypeError for what else FastStream's batches have, which would be lost without a word.
        """
        plain = not (cmd.headers or cmd.key or cmd.reply_to or cmd.correlation_id) and cmd.partition is None
        if not (
            plain
            and cmd.no_confirm
            and cmd.timestamp_ms
            and all(isinstance(each, Outgoing) for each in cmd.batch_bodies)
        ):
            raise TypeError(
                "A batch is of records with a key and headers each, has a time, and is confirmed by who sent it."
            )
        return await self._producer.producer.send_all(  # type: ignore[attr-defined]  # one of our own
            cmd.destination, cmd.batch_bodies, timestamp_ms=cmd.timestamp_ms
        )


def abandon(confirmations: Iterable[Confirmation]) -> None:
    """Afterwards nobody waits for them: who sent them sends all again."""
    for confirmation in confirmations:
        confirmation.add_done_callback(_seen)


def _seen(confirmation: Confirmation) -> None:
    if not confirmation.cancelled():
        confirmation.exception()  # else asyncio tells of one that was never retrieved


async def durable(confirmations: Sequence[Confirmation]) -> None:
    """Returns when all of them are confirmed. Raises: TransientError, when one is not."""
    outcomes = await asyncio.gather(*confirmations, return_exceptions=True)
    failed = next((outcome for outcome in outcomes if isinstance(outcome, BaseException)), None)
    if isinstance(failed, KafkaError):
        raise TransientError(f"{len(outcomes)} events could not all be published: {failed!r}") from failed
    if failed is not None:
        raise failed
