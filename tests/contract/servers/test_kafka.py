"""Kafka as tests start it: it answers, and loses nothing that it acknowledged.

aiokafka gives its constructors no types.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError

from tests.support.servers.kafka import KafkaServers, kafka_servers

TOPIC = "kept"
PARTITION = TopicPartition(TOPIC, 0)


async def create_topic(servers: KafkaServers, replicas: int) -> None:
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=list(servers.bootstrap))
    async with started(admin):
        await admin.create_topics([NewTopic(TOPIC, 1, replicas)])  # type: ignore[no-untyped-call]


@asynccontextmanager
async def started(client: Any) -> AsyncIterator[Any]:
    """A client of aiokafka, closed also when it could not start."""
    try:
        await client.start()
        yield client
    finally:
        await (client.close if isinstance(client, AIOKafkaAdminClient) else client.stop)()


async def send(servers: KafkaServers, *texts: str, within_ms: int = 40_000) -> None:
    producer: Any = AIOKafkaProducer(  # type: ignore[no-untyped-call]
        bootstrap_servers=list(servers.bootstrap), acks="all", enable_idempotence=True, request_timeout_ms=within_ms
    )
    async with started(producer):
        for text in texts:
            await producer.send_and_wait(TOPIC, text.encode())


async def received(bootstrap: tuple[str, ...], count: int, **security: object) -> list[str]:
    consumer: Any = AIOKafkaConsumer(  # type: ignore[no-untyped-call]
        bootstrap_servers=list(bootstrap), auto_offset_reset="earliest", **security
    )
    async with started(consumer):
        consumer.assign([PARTITION])
        return [(await consumer.getone()).value.decode() for _ in range(count)]


async def test_one_node_keeps_its_ports_and_what_it_acknowledged_over_kill_9_and_over_a_stop(tmp_path: Path) -> None:
    with kafka_servers(tmp_path) as servers:
        await create_topic(servers, 1)
        await send(servers, "before")
        for end in (servers.kill, servers.terminate):
            end()
            with pytest.raises(KafkaConnectionError):
                await send(servers, "while it is away")
            servers.start()
        await send(servers, "after")
        assert await received(servers.bootstrap, 2) == ["before", "after"]


@pytest.mark.timeout(900)  # several starts, on a machine that may be busy
async def test_three_nodes_acknowledge_and_keep_while_each_in_turn_is_killed(tmp_path: Path) -> None:
    with kafka_servers(tmp_path, nodes=3) as servers:
        await create_topic(servers, 3)
        for node in range(3):
            await send(servers, f"before {node}")
            servers.kill(node)
            await send(servers, f"without {node}")
            servers.start(node)
            servers.until_in_sync()
        servers.kill()
        servers.start()
        expected = [text for node in range(3) for text in (f"before {node}", f"without {node}")]
        assert await received(servers.bootstrap, 6) == expected


async def test_a_node_that_is_held_still_answers_again_when_it_goes_on(tmp_path: Path) -> None:
    with kafka_servers(tmp_path) as servers:
        await create_topic(servers, 1)
        servers.pause()
        with pytest.raises(KafkaConnectionError):
            await send(servers, "while it is held", within_ms=300)
        servers.resume()
        servers.until_ready()
        await send(servers, "after")
        assert await received(servers.bootstrap, 1) == ["after"]


async def test_with_tls_a_user_or_a_certificate_is_asked_for(tmp_path: Path) -> None:
    with kafka_servers(tmp_path, secured=True) as servers:
        await create_topic(servers, 1)
        await send(servers, "told")
        needed = servers.secured
        trusting = ssl.create_default_context(cafile=str(needed.ca_file))
        for mechanism in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"):
            user = {"sasl_plain_username": needed.username, "sasl_plain_password": needed.password}
            tls = {"security_protocol": "SASL_SSL", "ssl_context": trusting, "sasl_mechanism": mechanism}
            assert await received(needed.sasl_ssl, 1, **tls, **user) == ["told"]
            with pytest.raises(KafkaConnectionError):
                await received(needed.sasl_ssl, 1, **tls, **{**user, "sasl_plain_password": "wrong"})
        with pytest.raises(KafkaConnectionError):
            await received(needed.ssl, 1, security_protocol="SSL", ssl_context=trusting)
        trusting.load_cert_chain(needed.ca_file, needed.key_file)
        assert await received(needed.ssl, 1, security_protocol="SSL", ssl_context=trusting) == ["told"]
