"""FastStream's Kafka broker over our own log: one override, below which nothing knows of Kafka."""

from collections.abc import Callable
from functools import partial
from typing import Any

from faststream._internal.parser import DefaultCodec
from faststream.kafka import KafkaBroker

from stellarmap_common.adapters.kafka.embedded.admin import EmbeddedAdmin
from stellarmap_common.adapters.kafka.embedded.consumer import EmbeddedConsumer
from stellarmap_common.adapters.kafka.embedded.groups import Groups
from stellarmap_common.adapters.kafka.embedded.producer import EmbeddedProducer
from stellarmap_common.adapters.kafka.outgoing import OutgoingProducer
from stellarmap_common.adapters.sqlite.log import SqliteLog


class EmbeddedKafkaBroker(KafkaBroker):
    """A KafkaBroker whose cluster is a file. Everything above `_connect` is FastStream's own."""

    def __init__(self, log: SqliteLog, **options: Any) -> None:
        super().__init__(["embedded"], **options)
        self._log = log
        self._groups = Groups(log)

    async def _connect(self) -> Callable[..., Any]:
        config = self.config.broker_config
        producer: Any = EmbeddedProducer(self._log)
        config.producer = OutgoingProducer()
        admin: Any = EmbeddedAdmin(self._log)
        consumer: Any = partial(EmbeddedConsumer, self._log, self._groups)
        await config.producer.connect(
            producer,
            serializer=config.fd_config._serializer,  # noqa: SLF001 - as KafkaBrokerConfig.connect does
            codec=config.broker_codec or DefaultCodec(),
        )
        config.admin.admin_client = admin
        config.builder = consumer
        return config.builder
