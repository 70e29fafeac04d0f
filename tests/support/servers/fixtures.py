"""The servers of a test run, started when a test asks for the first time."""

import os
from collections.abc import Iterator

import pytest

from tests.support.servers.errors import NoServer
from tests.support.servers.shared import shared


@pytest.fixture(scope="session")
def kafka_bootstrap() -> Iterator[tuple[str, ...]]:
    """Brokers, as `host:port`, that all tests share: topics and groups have names of their own in each."""
    try:
        with shared("kafka") as address:
            yield tuple(address.split(","))
    except NoServer as error:
        without(error)


@pytest.fixture(scope="session")
def cassandra_address() -> Iterator[tuple[str, int]]:
    """Host and port of the Cassandra that all tests share: each writes under a network, or in a keyspace, of its own."""
    try:
        with shared("cassandra") as address:
            host, _, port = address.rpartition(":")
            yield host, int(port)
    except NoServer as error:
        without(error)


def without(error: NoServer) -> None:
    """The test is left out aloud; with STELLARMAP_REQUIRE_REAL=1 it fails."""
    said = f"no real server: {error}"
    if os.environ.get("STELLARMAP_REQUIRE_REAL") == "1":
        pytest.fail(said, pytrace=False)
    pytest.skip(said)
