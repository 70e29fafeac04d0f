"""One set of servers serves all runs at once."""

from tests.support.servers.cassandra import release_version
from tests.support.servers.kafka_answers import answers


def test_the_shared_kafka_answers(kafka_bootstrap: tuple[str, ...]) -> None:
    assert all(answers(address, len(kafka_bootstrap)) for address in kafka_bootstrap)


def test_the_shared_cassandra_answers(cassandra_address: tuple[str, int]) -> None:
    assert (release_version(*cassandra_address) or "").startswith("5.")
