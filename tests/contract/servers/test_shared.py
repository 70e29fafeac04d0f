"""One set of servers serves all runs at once, and is gone after the last."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.servers.cassandra import release_version
from tests.support.servers.errors import NoServer
from tests.support.servers.fixtures import without
from tests.support.servers.kafka_answers import answers
from tests.support.servers.ports import is_open
from tests.support.servers.shared import shared
from tests.support.tree import ROOT

RUN = """\
import sys
from pathlib import Path
from tests.support.servers.shared import shared
with shared("kafka", Path(sys.argv[1])) as address:
    print(address, flush=True)
    sys.stdin.read()
"""


def until(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_shared_kafka_answers(kafka_bootstrap: tuple[str, ...]) -> None:
    assert all(answers(address, len(kafka_bootstrap)) for address in kafka_bootstrap)


def test_the_shared_cassandra_answers(cassandra_address: tuple[str, int]) -> None:
    assert (release_version(*cassandra_address) or "").startswith("5.")


def test_a_second_run_shares_the_servers_of_the_first_and_keeps_them_when_that_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STELLARMAP_TEST_KAFKA", raising=False)
    command = [sys.executable, "-c", RUN, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        address = first.stdout.readline().strip()
        with shared("kafka", tmp_path) as second:
            assert second == address
            first.send_signal(signal.SIGKILL)
            first.wait()
            with shared("kafka", tmp_path) as third:
                assert third == address
            assert answers(second, 1)
    until(lambda: not is_open(int(address.rpartition(":")[2])))
    assert not (tmp_path / "kafka/address").exists()


def test_a_keeper_that_was_killed_takes_its_servers_along_and_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STELLARMAP_TEST_KAFKA", raising=False)
    with shared("kafka", tmp_path) as first:
        os.kill(int((tmp_path / "kafka/keeper.pid").read_text()), signal.SIGKILL)
        until(lambda: not is_open(int(first.rpartition(":")[2])))
        with shared("kafka", tmp_path) as second:
            assert second != first
            assert answers(second, 1)


def test_given_servers_are_taken_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STELLARMAP_TEST_KAFKA", "one:9092,two:9092")
    with shared("kafka", tmp_path) as address:
        assert address == "one:9092,two:9092"
    assert not list(tmp_path.iterdir())


def test_a_test_without_a_server_is_skipped_unless_real_ones_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STELLARMAP_REQUIRE_REAL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="Java is missing"):
        without(NoServer("Java is missing"))
    monkeypatch.setenv("STELLARMAP_REQUIRE_REAL", "1")
    with pytest.raises(pytest.fail.Exception, match="Java is missing"):
        without(NoServer("Java is missing"))
