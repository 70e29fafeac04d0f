"""A server in a Java process of its own: killed, stopped, held still, started again."""

import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from tests.support.servers.errors import PortTaken, ServerDied

LOOK_S = 0.05
READY_S = 120  # a shared machine may be slow; what died is told at once
STOP_S = 60
TAIL = 4_000  # characters of a log that say why
TRIES = 5  # of ports that were free when they were chosen
TAKEN = re.compile("address (is )?(already )?in use", re.IGNORECASE)

# A run that is killed takes its servers with it. The kernel sends this when the thread that forked ends.
DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()


class JvmProcess:
    """One process, at most one at a time, that writes into one log file."""

    def __init__(self, name: str, command: tuple[str, ...], log: Path) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._log_began = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None, f"{self.name} does not run"
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it was started, and not ended by us; it may have died."""
        return self._process is not None

    def spawn(self) -> None:
        """It starts. Only the main thread may: another one would take it along when it ends."""
        assert threading.current_thread() is threading.main_thread(), "start servers in the main thread"
        assert self._process is None, f"{self.name} runs already"
        with self.log.open("ab") as log:
            self._log_began = log.tell()
            self._process = subprocess.Popen(
                [*DIES_WITH_US, *self._command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,  # Ctrl-C is for the tests, which end their servers in order
            )

    def must_live(self) -> None:
        """It runs; if it has died, its log says why."""
        if self._process is not None and self._process.poll() is not None:
            code, self._process = self._process.returncode, None
            died = PortTaken if TAKEN.search(self._said()) else ServerDied
            raise died(f"{self.name} ended with {code}. The end of {self.log}:\n{self.tail()}")

    def until(self, fact: Callable[[], bool], what: str) -> None:
        """The fact holds; a process that dies meanwhile is told at once."""
        deadline = time.monotonic() + READY_S
        while not fact():
            self.must_live()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name}: {what} not within {READY_S} s. The end of {self.log}:\n{self.tail()}")
            time.sleep(LOOK_S)

    def tail(self) -> str:
        """The end of what it wrote since it was started."""
        return self._said()[-TAIL:]

    def kill(self) -> None:
        """It is gone, with no chance to write anything more (kill -9)."""
        self._end(signal.SIGKILL)

    def terminate(self) -> None:
        """It has stopped in order (SIGTERM), or was killed when that took too long."""
        self._end(signal.SIGTERM)

    def ask_to_stop(self) -> None:
        """It has SIGTERM; `terminate` waits until it has stopped."""
        if self._process is not None:
            self._send(signal.SIGTERM)

    def pause(self) -> None:
        """It holds still: connections stay, nothing answers (SIGSTOP)."""
        self._send(signal.SIGSTOP)
        self.until(self._holds_still, "still")  # on a busy machine some threads go on until it is their turn

    def _holds_still(self) -> bool:
        assert self._process is not None
        threads = Path(f"/proc/{self._process.pid}/task").glob("*/stat")
        try:
            return all(stat.read_text().rpartition(")")[2].split()[0] == "T" for stat in threads)
        except FileNotFoundError:  # a thread that has just ended
            return False

    def resume(self) -> None:
        """It goes on (SIGCONT)."""
        self._send(signal.SIGCONT)

    def _said(self) -> str:
        return self.log.read_bytes()[self._log_began :].decode(errors="replace")

    def _send(self, which: signal.Signals) -> None:
        assert self._process is not None, f"{self.name} does not run"
        self._process.send_signal(which)

    def _end(self, which: signal.Signals) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(which)
        process.send_signal(signal.SIGCONT)  # one that is held still would not hear SIGTERM
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Startable(Protocol):
    """Servers of one kind, in one folder."""

    def start(self) -> None: ...
    def terminate(self) -> None: ...
    def throw_away(self) -> None: ...


S = TypeVar("S", bound=Startable)


@contextmanager
def started_on_free_ports(made: Callable[[], S], *, keep: bool) -> Iterator[S]:
    """Servers that answer, made again when a port was taken meanwhile; at the end stopped, or thrown away with their data."""
    for left in reversed(range(TRIES)):
        servers = made()
        end = servers.terminate if keep else servers.throw_away
        try:
            servers.start()
        except PortTaken:
            end()
            if not left:
                raise
        except BaseException:
            end()
            raise
        else:
            break
    try:
        yield servers
    finally:
        end()
