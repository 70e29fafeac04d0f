"""The example speaks to brokers that want TLS and a user, or a certificate."""

from collections.abc import Iterator

import pytest

from tests.support.consumer import LINEAGE, consumed, golden, published
from tests.support.servers.errors import NoServer
from tests.support.servers.fixtures import without
from tests.support.servers.kafka import KafkaServers, kafka_servers


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServers]:
    try:
        with kafka_servers(tmp_path_factory.mktemp("kafka"), secured=True) as started:
            yield started
    except NoServer as error:
        without(error)


async def test_with_a_user_over_tls(servers: KafkaServers) -> None:
    needed = servers.secured
    user = ("--security-protocol", "SASL_SSL", "--username", needed.username, "--ca-file", str(needed.ca_file))
    async with published(servers.bootstrap, [golden(LINEAGE, "exact")]) as prefix:
        for mechanism in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"):
            options = (*user, "--sasl-mechanism", mechanism)
            answer = await consumed(needed.sasl_ssl, prefix, "digest", options=options, password=needed.password)
            assert (answer.code, answer.said) == (0, "")
            assert answer.lines[0]["creations"] == 1
        refused = await consumed(needed.sasl_ssl, prefix, "digest", options=user, password="wrong")
    assert refused.code == 1
    assert refused.said.startswith("✗ Kafka at")


async def test_with_a_certificate_of_its_own(servers: KafkaServers) -> None:
    needed = servers.secured
    files = ("--ca-file", str(needed.ca_file), "--certificate-file", str(needed.ca_file), "--key-file")
    options = ("--security-protocol", "SSL", *files, str(needed.key_file))
    async with published(servers.bootstrap, [golden(LINEAGE, "exact")]) as prefix:
        answer = await consumed(needed.ssl, prefix, "digest", options=options)
    assert (answer.code, answer.said) == (0, "")
    assert answer.lines[0]["creations"] == 1


async def test_a_file_that_is_not_there_is_told(servers: KafkaServers) -> None:
    options = ("--security-protocol", "SSL", "--ca-file", "/nowhere.pem")
    answer = await consumed(servers.secured.ssl, "", "digest", options=options)
    assert answer.code == 1
    assert "certificates" in answer.said
