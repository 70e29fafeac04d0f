"""A server that cannot start says why at once; one whose port was taken is made again."""

import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.servers.errors import ServerDied
from tests.support.servers.jvm import started_on_free_ports
from tests.support.servers.kafka import KafkaServers
from tests.support.servers.kafka_answers import answers


def test_a_server_that_dies_at_its_start_shows_its_log(tmp_path: Path) -> None:
    servers = KafkaServers(tmp_path)
    told = tmp_path / "kafka-0/server.properties"
    told.write_text(told.read_text().replace("node.id=1", "node.id=none"))
    with pytest.raises(ServerDied, match="ConfigException: Invalid value none"):
        servers.start()


def test_servers_whose_port_was_taken_meanwhile_are_made_again_with_others(tmp_path: Path) -> None:
    with ExitStack() as held:
        taken: list[str] = []

        def made() -> KafkaServers:
            servers = KafkaServers(tmp_path)
            if not taken:
                host, _, port = servers.bootstrap[0].rpartition(":")
                held.enter_context(socket.create_server((host, int(port))))
                taken.extend(servers.bootstrap)
            return servers

        with started_on_free_ports(made, keep=False) as servers:
            assert servers.bootstrap[0] not in taken
            assert answers(servers.bootstrap[0], 1)
