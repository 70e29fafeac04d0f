"""The same servers in containers, where an engine answers."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import docker  # type: ignore[import-untyped]  # it has no types
from docker.errors import DockerException  # type: ignore[import-untyped]
from testcontainers.core.container import DockerContainer

from tests.support.servers.cassandra import release_version
from tests.support.servers.kafka_answers import answers
from tests.support.servers.kafka_properties import NodePorts, properties
from tests.support.servers.ports import HOST, free_ports, is_open

KAFKA = "apache/kafka:4.4.0"
CASSANDRA = "cassandra:5.0"
READY_S = 300
LOOK_S = 0.2


def engine_answers() -> bool:
    """Whether there is an engine; a `docker` on PATH says nothing."""
    try:
        client = docker.from_env()
    except DockerException:
        return False
    try:
        return bool(client.ping())
    except DockerException:
        return False
    finally:
        client.close()


@contextmanager
def kafka_container() -> Iterator[str]:
    """The address of one broker."""
    (port,) = free_ports(1)
    container = DockerContainer(KAFKA).with_bind_ports(port, port)
    for line in properties(0, [NodePorts(port, 9093)], host="0.0.0.0").splitlines():  # noqa: S104 - inside the container
        key, _, value = line.partition("=")
        container = container.with_env(f"KAFKA_{key.upper().replace('.', '_')}", value)
    with container:
        _wait(lambda: is_open(port) and answers(f"{HOST}:{port}", 1), KAFKA)
        yield f"{HOST}:{port}"


@contextmanager
def cassandra_container() -> Iterator[str]:
    """The address of one node."""
    (port,) = free_ports(1)
    container = DockerContainer(CASSANDRA).with_bind_ports(9042, port)
    with container.with_env("MAX_HEAP_SIZE", "512M").with_env("HEAP_NEWSIZE", "128M"):
        _wait(lambda: is_open(port) and release_version(HOST, port) is not None, CASSANDRA)
        yield f"{HOST}:{port}"


STARTED: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "kafka": kafka_container,
    "cassandra": cassandra_container,
}


def _wait(fact: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + READY_S
    while not fact():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} does not answer after {READY_S} s")
        time.sleep(LOOK_S)
