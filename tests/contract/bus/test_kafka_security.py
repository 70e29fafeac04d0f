"""TLS and users: who has what the brokers ask for publishes and reads as everybody does, and who has not is told soon."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.kafka.cluster import bus as cluster_bus
from stellarmap_common.adapters.kafka.cluster.access import KafkaAccess, security_of
from stellarmap_common.adapters.kafka.cluster.bus import open_kafka_bus
from stellarmap_common.errors import TransientError
from stellarmap_common.observability.metrics import open_metrics
from stellarmap_common.runtime.clock import SystemClock
from tests.support.bus import REQUESTED, TOPICS, Handled, OpenedBus, asked, name_topics, on, until_read
from tests.support.servers.kafka import KafkaServers, kafka_servers
from tests.support.servers.secured import Secured


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServers]:
    """A broker that asks for a certificate on one port, for a user on another."""
    with kafka_servers(tmp_path_factory.mktemp("secured"), secured=True) as servers:
        yield servers


def with_certificate(secured: Secured) -> KafkaAccess:
    return KafkaAccess(
        bootstrap_servers=secured.ssl,
        security_protocol="SSL",
        ca_file=secured.ca_file,
        certificate_file=secured.ca_file,
        key_file=secured.key_file,
    )


def with_user(secured: Secured, mechanism: str = "SCRAM-SHA-512") -> KafkaAccess:
    return KafkaAccess(
        bootstrap_servers=secured.sasl_ssl,
        security_protocol="SASL_SSL",
        mechanism=mechanism,
        username=secured.username,
        password=secured.password,
        ca_file=secured.ca_file,
    )


async def goes_round(access: KafkaAccess, prefix: str) -> list[str]:
    """What was handled of what was published."""
    name_topics(prefix)
    metrics, handled = open_metrics(CollectorRegistry()), Handled()
    try:
        async with open_kafka_bus(
            access, clock=SystemClock(), metrics=metrics, accepts=lambda _: True, topics=TOPICS
        ) as bus:
            await bus.apply_topics()
            opened = OpenedBus(bus, metrics)
            async with opened.running(on(REQUESTED, handled)):
                await opened.publish(asked(1))
                await handled.all(1)
                await until_read(opened)
    finally:
        name_topics("")
    return handled.ids


async def test_a_certificate_of_our_own_opens_the_brokers(servers: KafkaServers) -> None:
    assert await goes_round(with_certificate(servers.secured), "certificate.") == ["asked-1"]


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_a_user_opens_the_brokers(servers: KafkaServers, mechanism: str) -> None:
    assert await goes_round(with_user(servers.secured, mechanism), f"{mechanism}.") == ["asked-1"]


@pytest.mark.parametrize("lacks", ["the certificate", "the authority", "the password"])
async def test_who_lacks_what_the_brokers_ask_for_is_told_soon(
    servers: KafkaServers, monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    monkeypatch.setattr(cluster_bus, "CONNECT_S", 3.0)
    access = {
        "the certificate": replace(with_certificate(servers.secured), certificate_file=None, key_file=None),
        "the authority": replace(with_user(servers.secured), ca_file=None),
        "the password": replace(with_user(servers.secured), password="wrong"),
    }[lacks]
    with pytest.raises(TransientError, match="did not answer at"):
        await goes_round(access, "lacking.")


def test_the_password_is_in_no_text_of_it() -> None:
    access = KafkaAccess(bootstrap_servers=("kafka:9092",), password="hidden from logs")
    assert "hidden" not in repr(access)


def test_a_missing_certificate_is_told_with_its_name(tmp_path: Path) -> None:
    access = KafkaAccess(bootstrap_servers=("kafka:9092",), security_protocol="SSL", ca_file=tmp_path / "no.pem")
    with pytest.raises(FileNotFoundError):
        security_of(access)
