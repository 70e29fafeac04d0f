"""Apache Kafka from its jars: one node or three, each broker and controller at once, data kept over a kill."""

import base64
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.support.servers.errors import ServerDied
from tests.support.servers.jars import class_path, java, made_of
from tests.support.servers.jvm import JvmProcess, started_on_free_ports
from tests.support.servers.kafka_answers import answers, in_sync
from tests.support.servers.kafka_properties import NodePorts, properties
from tests.support.servers.ports import HOST, free_ports, is_open
from tests.support.servers.secured import Secured, made_certificate


class KafkaServers:
    """The nodes of one cluster; each keeps its ports and its data while the folder is there."""

    def __init__(self, folder: Path, nodes: int = 1, *, secured: bool = False) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._ports = [NodePorts(*free_ports(4)) for _ in range(nodes)]
        self.bootstrap: tuple[str, ...] = tuple(f"{HOST}:{each.broker}" for each in self._ports)
        self._secured = _secured(folder, self._ports) if secured else None
        self._processes = [self._made(node) for node in range(nodes)]
        self._format()

    @property
    def secured(self) -> Secured:
        """What a client of the listeners with TLS needs."""
        assert self._secured is not None, "these servers were not started with secured=True"
        return self._secured

    def spawn(self, node: int | None = None) -> None:
        """This node starts, or all that do not run; `until_ready` waits for them."""
        for index, process in enumerate(self._processes):
            if not process.runs and node in {None, index}:
                process.spawn()

    def until_ready(self) -> None:
        """Each running node knows all running ones, and all groups have somebody to ask."""
        running = [index for index, process in enumerate(self._processes) if process.runs]
        for index in running:
            self._until_ready(index, len(running))

    def until_in_sync(self) -> None:
        """Each partition is complete at every broker that is to have it: the next one may be killed."""
        running = next(index for index, process in enumerate(self._processes) if process.runs)
        self._until(running, lambda: in_sync(self.bootstrap[running]), "all replicas in sync")

    def start(self, node: int | None = None) -> None:
        """This node answers, or all: on the ports and with the data it had."""
        self.spawn(node)
        self.until_ready()

    def kill(self, node: int | None = None) -> None:
        """This node is gone, or all (kill -9)."""
        for process in self._chosen(node):
            process.kill()

    def terminate(self, node: int | None = None) -> None:
        """This node has stopped in order, or all at once (SIGTERM)."""
        for process in self._chosen(node):
            process.ask_to_stop()
        for process in self._chosen(node):
            process.terminate()

    def pause(self, node: int | None = None) -> None:
        """This node holds still, or all (SIGSTOP)."""
        for process in self._chosen(node):
            process.pause()

    def resume(self, node: int | None = None) -> None:
        """This node goes on, or all (SIGCONT)."""
        for process in self._chosen(node):
            process.resume()

    def must_live(self) -> None:
        """All that run do; one that has died says why."""
        for process in self._processes:
            process.must_live()

    def pids(self) -> list[int]:
        """Of the running nodes."""
        return [process.pid for process in self._processes if process.runs]

    def throw_away(self) -> None:
        """All are gone, and their data; their logs stay."""
        self.kill()
        for node in range(len(self._processes)):
            shutil.rmtree(self._home(node) / "data", ignore_errors=True)

    def _chosen(self, node: int | None) -> list[JvmProcess]:
        return self._processes if node is None else [self._processes[node]]

    def _until_ready(self, node: int, running: int) -> None:
        self._until(node, lambda: is_open(self._ports[node].broker), "its port")
        self._until(node, lambda: answers(self.bootstrap[node], running), f"{running} brokers and their groups")

    def _until(self, node: int, fact: Callable[[], bool], what: str) -> None:
        """The fact holds at this node; another one that dies is told at once, too."""

        def holds() -> bool:
            self.must_live()
            return fact()

        self._processes[node].until(holds, what)

    def _home(self, node: int) -> Path:
        return self.folder / f"kafka-{node}"

    def _made(self, node: int) -> JvmProcess:
        home = self._home(node)
        home.mkdir(exist_ok=True)
        told = home / "server.properties"
        told.write_text(properties(node, self._ports, data=home / "data", secured=self._secured))
        return JvmProcess(f"Kafka node {node}", (*_jvm(), "kafka.Kafka", str(told)), home / "server.log")

    def _format(self) -> None:
        """Each node has a place for its data, and all of them the same cluster id."""
        named = self.folder / "kafka-cluster-id"
        if not named.exists():
            some = b"k" + uuid.uuid4().bytes[1:]  # one that began with "-" would be taken for an option
            named.write_text(base64.urlsafe_b64encode(some).decode().rstrip("="))
        options = ["format", "-t", named.read_text(), "--ignore-formatted"]
        options += self._secured.format_options() if self._secured else ()
        formats = [
            subprocess.Popen(
                [*_jvm(), "kafka.tools.StorageTool", *options, "-c", str(self._home(node) / "server.properties")],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for node in range(len(self._processes))
        ]
        said = [one.communicate()[0] for one in formats]
        if any(one.returncode for one in formats):
            raise ServerDied("Kafka did not format its storage:\n" + "\n".join(said))


@contextmanager
def kafka_servers(folder: Path, nodes: int = 1, *, secured: bool = False, keep: bool = False) -> Iterator[KafkaServers]:
    """Servers that answer, in this folder; their data are removed at the end, unless they are to be kept."""
    with started_on_free_ports(lambda: KafkaServers(folder, nodes, secured=secured), keep=keep) as servers:
        yield servers


def _secured(folder: Path, ports: list[NodePorts]) -> Secured:
    return replace(
        Secured(*made_certificate(folder)),
        ssl=tuple(f"{HOST}:{each.ssl}" for each in ports),
        sasl_ssl=tuple(f"{HOST}:{each.sasl}" for each in ports),
    )


def _jvm() -> tuple[str, ...]:
    return (
        java(),
        "-Xmx256m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",  # fast at the start counts more than fast for hours
        "-XX:-UsePerfData",
        f"-Dlog4j2.configurationFile={made_of('kafka', 'log4j2.xml')}",
        "-cp",
        class_path("kafka"),
    )
