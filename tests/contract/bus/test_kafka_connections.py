"""A connection to Kafka that ended a moment ago is a broken one to whoever asks over it, also on uvloop."""

from typing import Any

import pytest
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from stellarmap_common.adapters.kafka.cluster.connection import expect_closed_transports
from stellarmap_common.runtime.event_loop import run

connect: Any = create_conn  # aiokafka gives it no types


def test_who_asks_over_a_connection_that_has_just_ended_is_told_that_it_is_broken(
    kafka_bootstrap: tuple[str, ...],
) -> None:
    host, _, port = kafka_bootstrap[0].partition(":")

    async def ask() -> None:
        expect_closed_transports()
        expect_closed_transports()
        connection = await connect(host, int(port))
        connection._read_task.cancel()  # it is slower than whoever asks
        connection._writer.transport.abort()
        await connection._writer.wait_closed()
        with pytest.raises(KafkaConnectionError):
            await connection.send(MetadataRequest([]))
        assert not connection.connected()

    run(ask())
