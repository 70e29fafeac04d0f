"""`python -m tests.support.servers` starts both with data that are kept."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.servers.cassandra import connected
from tests.support.servers.kafka_answers import answers
from tests.support.servers.ports import is_open
from tests.support.tree import ROOT

KEYSPACE = "CREATE KEYSPACE kept WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"


@contextmanager
def running(data: Path) -> Iterator[dict[str, str]]:
    """The settings it prints; it was ended by SIGTERM, and says that all went well."""
    command = [sys.executable, "-m", "tests.support.servers", "--data", str(data)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline().strip() for _ in range(3)]
            yield dict(line.split("=", 1) for line in lines)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


@pytest.mark.timeout(900)  # several starts, on a machine that may be busy
def test_what_they_kept_is_there_at_the_next_start(tmp_path: Path) -> None:
    for start in ("first", "second"):
        with running(tmp_path) as settings:
            assert answers(settings["STELLARMAP_KAFKA_BOOTSTRAP_SERVERS"], 1)
            host, port = settings["STELLARMAP_CASSANDRA_CONTACT_POINTS"], int(settings["STELLARMAP_CASSANDRA_PORT"])
            with connected(host, port) as session:
                if start == "first":
                    session.execute(KEYSPACE)
                    identity = (tmp_path / "kafka-cluster-id").read_text()
                assert session.execute("SELECT * FROM system_schema.keyspaces WHERE keyspace_name = 'kept'").one()
        assert not is_open(port)
        assert (tmp_path / "kafka-cluster-id").read_text() == identity
