"""One Kafka and one Cassandra for all tests that run at once: started by the first that asks, gone after the last.

Each run holds a shared lock on `users`; a keeper, which is a process of its own, has the servers and waits for the same
lock alone. The kernel counts, so a run that was killed counts no more. The keeper holds a lock on `address` as long as it
lives, so that an address without a keeper is known to be an old one.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.servers import containers
from tests.support.servers.cassandra import cassandra_server
from tests.support.servers.errors import NoServer, ServerDied
from tests.support.servers.jars import CACHE, locked
from tests.support.servers.kafka import kafka_servers
from tests.support.tree import ROOT

SHARED = CACHE / "shared"
START_S = 900  # the first time, all jars or images are fetched
LOOK_S = 0.05
NO_SERVER = 3  # the exit code of a keeper that cannot start one on this machine
GIVEN = {"kafka": "STELLARMAP_TEST_KAFKA", "cassandra": "STELLARMAP_TEST_CASSANDRA"}


@contextmanager
def shared(kind: str, folder: Path = SHARED) -> Iterator[str]:
    """The address of the server of this kind (`kafka`, `cassandra`): the given one, or that of this machine's shared one."""
    if given := os.environ.get(GIVEN[kind]):
        yield given
        return
    home = folder / kind
    home.mkdir(parents=True, exist_ok=True)
    with (home / "users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)  # waits for a keeper that is just stopping
        with locked(home / "start"):
            if not _is_kept(home):
                _start_keeper(kind, home)
        yield (home / "address").read_text()


def _is_kept(home: Path) -> bool:
    """Whether a keeper lives: it holds the lock of its address."""
    if not (home / "address").exists():
        return False
    with (home / "address").open() as address:
        try:
            fcntl.flock(address, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _start_keeper(kind: str, home: Path) -> None:
    """A keeper has written the address of its server."""
    (home / "address").unlink(missing_ok=True)
    log = home / "keeper.log"
    with log.open("wb") as written:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.support.servers.shared", kind, str(home)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # it may outlive the run that needed it first
        )
    (home / "keeper.pid").write_text(str(keeper.pid))
    deadline = time.monotonic() + START_S
    while not (home / "address").exists():
        if keeper.poll() is not None:
            kind_of_error = NoServer if keeper.returncode == NO_SERVER else ServerDied
            raise kind_of_error(log.read_text(errors="replace"))
        if time.monotonic() > deadline:
            keeper.kill()
            keeper.wait()
            raise TimeoutError(f"{kind} does not answer after {START_S} s:\n{log.read_text(errors='replace')}")
        time.sleep(LOOK_S)
    keeper.returncode = 0  # not ours to wait for: it ends after us, when the last run has


@contextmanager
def _served(kind: str, home: Path) -> Iterator[str]:
    """The address of a server that this process starts: in a container where there is an engine, else from its jars."""
    data = home / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    if containers.engine_answers():
        with containers.STARTED[kind]() as address:
            yield address
    elif kind == "kafka":
        with kafka_servers(data) as servers:
            yield ",".join(servers.bootstrap)
    else:
        with cassandra_server(data) as server:
            yield f"{server.host}:{server.port}"


@contextmanager
def _published(home: Path, address: str) -> Iterator[None]:
    """The address stands where the runs look, locked while it is true."""
    half = home / "address.half"
    with half.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(address)
        file.flush()
        half.rename(home / "address")
        yield
        (home / "address").unlink(missing_ok=True)  # `make clean` may have been quicker


def keep(kind: str, home: Path) -> None:
    """The server was there as long as a run needed it."""
    with (home / "users").open("w") as users, _served(kind, home) as address, _published(home, address):
        fcntl.flock(users, fcntl.LOCK_EX)


if __name__ == "__main__":
    try:
        keep(sys.argv[1], Path(sys.argv[2]))
    except (NoServer, ServerDied) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(NO_SERVER if isinstance(error, NoServer) else 1)
