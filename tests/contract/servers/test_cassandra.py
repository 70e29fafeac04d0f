"""Cassandra as tests start it: it answers, and loses nothing that it acknowledged."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cassandra import OperationTimedOut
from cassandra.cluster import NoHostAvailable, Session

from tests.support.servers.cassandra import CassandraServer, cassandra_server, connected

ROWS = 200


@contextmanager
def session_of(server: CassandraServer) -> Iterator[Session]:
    with connected(server.host, server.port) as session:
        yield session


@pytest.mark.timeout(900)  # several starts, on a machine that may be busy
def test_it_keeps_its_port_and_what_it_acknowledged_over_kill_9_and_over_a_stop(tmp_path: Path) -> None:
    with cassandra_server(tmp_path) as server:
        with session_of(server) as session:
            session.execute(
                "CREATE KEYSPACE kept WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
            )
            session.execute("CREATE TABLE kept.rows (number int PRIMARY KEY)")
        written = 0
        for end in (server.kill, server.terminate):
            with session_of(server) as session:
                for number in range(written, written + ROWS):
                    session.execute("INSERT INTO kept.rows (number) VALUES (%s)", (number,))
                written += ROWS
                end()  # at once after the last acknowledgement
            with pytest.raises(NoHostAvailable), session_of(server):
                pass
            server.start()
        with session_of(server) as session:
            assert session.execute("SELECT count(*) FROM kept.rows").one()[0] == written


def test_one_that_is_held_still_answers_again_when_it_goes_on(tmp_path: Path) -> None:
    with cassandra_server(tmp_path) as server, session_of(server) as session:
        query = "SELECT release_version FROM system.local"
        server.pause()
        with pytest.raises(OperationTimedOut):
            session.execute(query, timeout=0.3)
        server.resume()
        assert session.execute(query).one()[0].startswith("5.")
