"""FastStream's Kafka broker on a cluster, with a producer that outlives outages."""

from collections.abc import Callable
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from faststream._internal.parser import DefaultCodec
from faststream.kafka import KafkaBroker
from faststream.kafka.schemas.params import ConsumerConnectionParams

from stellarmap_common.adapters.kafka.cluster.connection import expect_closed_transports
from stellarmap_common.adapters.kafka.cluster.consumer import StoppableConsumer
from stellarmap_common.adapters.kafka.cluster.producer import LastingProducer
from stellarmap_common.adapters.kafka.outgoing import OutgoingProducer

JOIN_MS = 40_000  # a request to join is answered when all others of the group have let go, so it is waited for longer


class ClusterKafkaBroker(KafkaBroker):
    """A KafkaBroker. `_connect` does what FastStream's does, with our producer."""

    async def _connect(self) -> Callable[..., AIOKafkaConsumer]:
        expect_closed_transports()
        options = self._connection_kwargs
        config = self.config.broker_config
        producer: Any = LastingProducer(partial(AIOKafkaProducer, **options))
        config.producer = OutgoingProducer()
        await config.producer.connect(
            producer,
            serializer=config.fd_config._serializer,  # noqa: SLF001 - as KafkaBrokerConfig.connect does
            codec=config.broker_codec or DefaultCodec(),
        )
        await config.admin.connect(**options)
        shared = {name: options[name] for name in ConsumerConnectionParams.__annotations__ if name in options}
        config.builder = partial(StoppableConsumer, **{**shared, "request_timeout_ms": JOIN_MS})
        return config.builder
