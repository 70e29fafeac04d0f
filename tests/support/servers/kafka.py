"""Apache Kafka from its jars: one node or three, each broker and controller at once, data kept over a kill."""

import asyncio
import base64
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tests.support.servers.errors import ServerDied
from tests.support.servers.jars import class_path, java, made_of
from tests.support.servers.jvm import JvmProcess
from tests.support.servers.ports import HOST, free_ports, is_open

ASK_MS = 3_000
GROUPS = ("a", "b", "c")  # their hashes name each of the three partitions where groups are kept

COMMON = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://{host}:{broker},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{known_as}:{broker}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=100
offsets.topic.num.partitions=3
transaction.state.log.num.partitions=3
share.coordinator.state.topic.num.partitions=3
log.cleaner.dedupe.buffer.size=8388608
offsets.topic.replication.factor={replication}
transaction.state.log.replication.factor={replication}
transaction.state.log.min.isr={min_isr}
share.coordinator.state.topic.replication.factor={replication}
share.coordinator.state.topic.min.isr={min_isr}
default.replication.factor={replication}
min.insync.replicas={min_isr}
"""
# A broker that was killed is taken for dead soon, so that it may come back soon: 4 s instead of 12.
ALONE = """\
broker.session.timeout.ms=1000
broker.heartbeat.interval.ms=200
"""
AMONG_THREE = """\
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
controller.quorum.election.timeout.ms=500
controller.quorum.fetch.timeout.ms=1000
replica.lag.time.max.ms=3000
"""


class KafkaServers:
    """The nodes of one cluster; each keeps its ports and its data while the folder is there."""

    def __init__(self, folder: Path, nodes: int = 1) -> None:
        self.folder = folder
        ports = free_ports(2 * nodes)
        self._brokers, self._controllers = ports[:nodes], ports[nodes:]
        self.bootstrap: tuple[str, ...] = tuple(f"{HOST}:{port}" for port in self._brokers)
        self._processes = [self._made(node) for node in range(nodes)]
        self._format()

    def spawn(self, node: int | None = None) -> None:
        """This node starts, or all that do not run; `until_ready` waits for them."""
        for index, process in enumerate(self._processes):
            if not process.runs and node in {None, index}:
                process.spawn()

    def until_ready(self) -> None:
        """Each running node knows all running ones, and all groups have somebody to ask."""
        running = [index for index, process in enumerate(self._processes) if process.runs]
        for index in running:
            self._processes[index].until(lambda index=index: is_open(self._brokers[index]), "its port")  # type: ignore[misc]  # mypy infers no default of a lambda
            self._processes[index].until(
                lambda index=index: answers(self.bootstrap[index], len(running)),  # type: ignore[misc]
                f"{len(running)} brokers and their groups",
            )

    def start(self, node: int | None = None) -> None:
        """This node answers, or all: on the ports and with the data it had."""
        self.spawn(node)
        self.until_ready()

    def kill(self, node: int = 0) -> None:
        """The node is gone (kill -9)."""
        self._processes[node].kill()

    def kill_all(self) -> None:
        """All are gone at once."""
        for process in self._processes:
            process.kill()

    def terminate(self, node: int = 0) -> None:
        """The node has stopped in order (SIGTERM)."""
        self._processes[node].terminate()

    def pause(self, node: int = 0) -> None:
        """The node holds still (SIGSTOP)."""
        self._processes[node].pause()

    def resume(self, node: int = 0) -> None:
        """The node goes on (SIGCONT)."""
        self._processes[node].resume()

    def pids(self) -> list[int]:
        """Of the running nodes."""
        return [process.pid for process in self._processes if process.runs]

    def must_live(self) -> None:
        """All that run do; one that has died says why."""
        for process in self._processes:
            process.must_live()

    def _made(self, node: int) -> JvmProcess:
        home = self._home(node)
        home.mkdir(parents=True, exist_ok=True)
        (home / "server.properties").write_text(self._properties(node))
        command = (*_jvm(), "kafka.Kafka", str(home / "server.properties"))
        return JvmProcess(f"Kafka node {node}", command, home / "server.log")

    def _home(self, node: int) -> Path:
        return self.folder / f"kafka-{node}"

    def _properties(self, node: int) -> str:
        text = properties(node, brokers=self._brokers, controllers=self._controllers)
        return f"{text}log.dirs={self._home(node) / 'data'}\n"

    def _format(self) -> None:
        """Each node has a place for its data, and all of them the same cluster id."""
        named = self.folder / "kafka-cluster-id"
        if not named.exists():
            named.write_text(base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="))
        options = ("format", "-t", named.read_text(), "--ignore-formatted", "-c")
        formats = [
            subprocess.Popen(
                [*_jvm(), "kafka.tools.StorageTool", *options, str(self._home(node) / "server.properties")],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for node in range(len(self._processes))
        ]
        for one in formats:
            said, _ = one.communicate()
            if one.returncode:
                raise ServerDied(f"Kafka did not format its storage:\n{said}")


def properties(node: int, *, brokers: list[int], controllers: list[int], host: str = HOST) -> str:
    """What this node of the cluster is told; it listens on `host`, and the cluster knows it by the address of this machine."""
    nodes = len(brokers)
    alone = nodes == 1
    return COMMON.format(
        node=node + 1,
        voters=",".join(f"{number}@{HOST}:{port}" for number, port in enumerate(controllers, 1)),
        host=host,
        known_as=HOST,
        broker=brokers[node],
        controller=controllers[node],
        replication=nodes,
        min_isr=1 if alone else nodes - 1,
    ) + (ALONE if alone else AMONG_THREE)


@contextmanager
def kafka_servers(folder: Path, nodes: int = 1, *, keep: bool = False) -> Iterator[KafkaServers]:
    """Servers that answer, in this folder; their data are removed at the end, unless they are to be kept."""
    servers = KafkaServers(folder, nodes)
    try:
        servers.start()
        yield servers
    finally:
        for node in range(nodes):
            if keep:
                servers.terminate(node)
            else:
                servers.kill(node)
                shutil.rmtree(servers._home(node) / "data", ignore_errors=True)


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


def answers(bootstrap: str, brokers: int) -> bool:
    """Whether this node knows so many brokers, and who keeps the groups; asked in a loop of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _ask(bootstrap, brokers)).result()


async def _ask(bootstrap: str, brokers: int) -> bool:

    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=ASK_MS)
    try:
        async with asyncio.timeout(2 * ASK_MS / 1000):
            await admin.start()  # type: ignore[no-untyped-call]  # aiokafka gives it no types
            known = await admin.describe_cluster()
            if len(known["brokers"]) != brokers:
                return False
            for group in GROUPS:
                await admin.list_consumer_group_offsets(group)
            return True
    except (KafkaError, TimeoutError):
        return False
    finally:
        await admin.close()  # type: ignore[no-untyped-call]  # nor it
