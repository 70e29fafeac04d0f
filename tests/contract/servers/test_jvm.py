"""A server that cannot start says why at once; one whose port was taken, too."""

import socket
from pathlib import Path

import pytest

from tests.support.servers.errors import PortTaken, ServerDied
from tests.support.servers.kafka import KafkaServers, kafka_servers
from tests.support.servers.ports import HOST


def test_a_server_that_dies_at_its_start_shows_its_log(tmp_path: Path) -> None:
    servers = KafkaServers(tmp_path)
    told = tmp_path / "kafka-0/server.properties"
    told.write_text(told.read_text().replace("node.id=1", "node.id=none"))
    with pytest.raises(ServerDied, match="ConfigException: Invalid value none"):
        servers.start()


def test_a_port_that_is_taken_at_a_restart_is_named_as_the_reason(tmp_path: Path) -> None:
    with kafka_servers(tmp_path) as servers:
        servers.kill()
        with socket.socket() as taking:
            taking.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taking.bind((HOST, int(servers.bootstrap[0].rpartition(":")[2])))
            taking.listen()
            with pytest.raises(PortTaken, match="Address already in use"):
                servers.start()
        servers.start()
