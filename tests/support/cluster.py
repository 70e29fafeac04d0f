"""Cluster mode on this machine: real servers, and each service a process of its own. Tests and `make cluster` use it."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from stellarmap_common.lineage.digest import Digest, digest_of
from stellarmap_common.runtime.engines import engine_of
from stellarmap_sandbox.spec import NetworkSpec
from tests.support.mapped import Mapped
from tests.support.servers.cassandra import CassandraServer, cassandra_server
from tests.support.servers.kafka import KafkaServers, kafka_servers
from tests.support.settings import settings_of
from tests.support.system import STELLARMAP, System, environment, exit_code, started

GATEWAY, INGEST, INGEST_BIGQUERY = "gateway", "ingest-horizon", "ingest-bigquery"
COMMAND_S = 120
READY_S = 30


@dataclass(frozen=True, slots=True)
class Servers:
    """Where everything is kept."""

    kafka: KafkaServers
    cassandra: CassandraServer

    def settings(self) -> dict[str, object]:
        """What makes a service use them."""
        nodes = len(self.kafka.bootstrap)
        return {
            "mode": "cluster",
            "kafka_bootstrap_servers": ",".join(self.kafka.bootstrap),
            "kafka_replication": nodes,
            "kafka_min_isr": max(1, nodes - 1),
            "cassandra_contact_points": self.cassandra.host,
            "cassandra_port": self.cassandra.port,
        }


@contextmanager
def real_servers(folder: Path, *, brokers: int = 1, heap: str = "512m", keep: bool = False) -> Iterator[Servers]:
    """Servers of this folder alone, both answering."""
    with (
        kafka_servers(folder, brokers, keep=keep) as kafka,
        cassandra_server(folder, heap, keep=keep) as cassandra,
    ):
        yield Servers(kafka, cassandra)


@dataclass(slots=True)
class Cluster:
    """Services on servers. Replicas are named, `gateway-0`, so that each finds its log and its place in the groups again."""

    servers: Servers
    folder: Path
    chosen: Mapping[str, object]  # settings, besides where the servers are
    running: dict[str, System] = field(default_factory=dict)

    @property
    def gateway(self) -> System:
        """One that can be asked."""
        return next(system for name, system in self.running.items() if name.startswith(GATEWAY))

    def settings(self, **more: object) -> dict[str, object]:
        """The settings of a service."""
        return {**self.servers.settings(), **self.chosen, **more}

    async def prepare(self) -> None:
        """Afterwards the schema and the topics are there."""
        await self.command("migrate")
        await self.command("topics", "apply")

    async def command(self, *arguments: str) -> str:
        """What a `stellarmap` command of an operator prints."""
        self.folder.mkdir(parents=True, exist_ok=True)
        process = await asyncio.create_subprocess_exec(
            *(STELLARMAP, *arguments),
            env=environment(self.folder, self.settings()),
            cwd=self.folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, wrong = await asyncio.wait_for(process.communicate(), COMMAND_S)
        assert process.returncode == 0, f"{arguments}: {said.decode()}{wrong.decode()}"
        return said.decode()

    async def start(self, *names: str, **settings: object) -> None:
        """Afterwards these replicas run: `ingest-horizon-0`, `gateway-1` and the like."""
        begun = await asyncio.gather(*(self._begin(name, settings) for name in names), return_exceptions=True)
        self.running.update({name: one for name, one in zip(names, begun, strict=True) if isinstance(one, System)})
        for problem in begun:
            if isinstance(problem, BaseException):
                raise problem

    async def kill(self, *names: str) -> None:
        """Afterwards these replicas are gone (kill -9)."""
        for name in names:
            system = self.running.pop(name)
            await system.kill()
            await system.api.aclose()

    def pause(self, name: str) -> None:
        """This replica holds still: its connections stay, nothing answers (SIGSTOP)."""
        self.running[name].process.send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """This replica goes on (SIGCONT)."""
        self.running[name].process.send_signal(signal.SIGCONT)

    async def exit_code(self, name: str, **settings: object) -> int:
        """How this replica ended that was started to end by itself: it may do so before it says where it is."""
        return await exit_code(self.folder / name, command=_command(name), **self._own(name, settings))

    async def stop(self, *names: str) -> list[int]:
        """Afterwards these replicas, or all, have stopped in order; their exit codes."""
        leaving = [self.running.pop(name) for name in names or tuple(self.running)]
        codes = await asyncio.gather(*(system.stop() for system in leaving))
        for system in leaving:
            await system.api.aclose()
        return codes

    async def _begin(self, name: str, settings: Mapping[str, object]) -> System:
        return await started(_command(name), self.folder / name, self._own(name, settings))

    def _own(self, name: str, settings: Mapping[str, object]) -> dict[str, object]:
        return self.settings(**{"kafka_instance_id": name, **settings})

    @asynccontextmanager
    async def mapped(self, spec: NetworkSpec) -> AsyncIterator[Mapped]:
        """What is stored, to look at."""
        async with engine_of(settings_of(**self.settings())).open_to_look() as stores:
            yield Mapped(stores, spec)

    async def digest(self, spec: NetworkSpec) -> Digest:
        """Of all facts stored of the network."""
        async with self.mapped(spec) as store:
            return await digest_of(store.stores.creations, spec.key)


@asynccontextmanager
async def running_cluster(
    servers: Servers, folder: Path, names: Sequence[str], **settings: object
) -> AsyncIterator[Cluster]:
    """These replicas on the servers, prepared; all ended at the end, however the test ends."""
    cluster = Cluster(servers, folder, settings)
    await cluster.prepare()
    try:
        await cluster.start(*names)
        yield cluster
    finally:
        await end(cluster)


async def end(cluster: Cluster) -> None:
    """Afterwards nothing of it runs: in order if that works, else killed."""
    for system in cluster.running.values():
        if system.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                system.process.terminate()
    for system in cluster.running.values():
        with contextlib.suppress(TimeoutError):
            await system.stop()
        await system.kill()
        await system.api.aclose()
    cluster.running.clear()


def _command(name: str) -> tuple[str, ...]:
    service, _, _ = name.rpartition("-")
    return (STELLARMAP, "run", service)
