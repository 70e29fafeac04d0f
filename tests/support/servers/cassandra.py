"""Apache Cassandra from its jars: one node, whose acknowledged writes outlive a kill."""

import shutil
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cassandra import DriverException
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable, Session
from cassandra.io.libevreactor import LibevConnection
from cassandra.policies import WhiteListRoundRobinPolicy

from tests.support.servers.jars import class_path, java, made_of
from tests.support.servers.jvm import JvmProcess, started_on_free_ports
from tests.support.servers.ports import HOST, free_ports, is_open
from tests.support.servers.secured import made_certificate

ASK_S = 10

YAML = """\
cluster_name: stellarmap
num_tokens: 16
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters:
      - seeds: "{host}:{storage}"
listen_address: {host}
rpc_address: {host}
native_transport_port: {port}
storage_port: {storage}
ssl_storage_port: {secure}
data_file_directories:
  - {data}/data
commitlog_directory: {data}/commitlog
hints_directory: {data}/hints
saved_caches_directory: {data}/saved_caches
# An answer means that the write is on the disk: with `periodic`, kill -9 loses up to 10 s of acknowledged writes.
commitlog_sync: group
commitlog_sync_group_window: 2ms
commitlog_segment_size: 16MiB
commitlog_total_space: 256MiB
memtable_heap_space: 128MiB
memtable_offheap_space: 128MiB
concurrent_writes: 128
native_transport_max_threads: 128
concurrent_compactors: 1
# A third off every conditional write, two thirds off every serial read.
paxos_variant: v2
auto_snapshot: false
key_cache_size: 8MiB
row_cache_size: 0MiB
counter_cache_size: 0MiB
"""


TLS = """\
client_encryption_options:
  enabled: true
  require_client_auth: true
  ssl_context_factory:
    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory
  keystore: {both}
  truststore: {certificate}
"""


class CassandraServer:
    """One node; it keeps its ports and its data while the folder is there. `secured`: clients have its certificate, and TLS."""

    def __init__(self, folder: Path, heap: str = "512m", *, secured: bool = False) -> None:
        self.home = folder / "cassandra"
        (self.home / "tmp").mkdir(parents=True, exist_ok=True)
        self.host = HOST
        self.port, storage, secure = free_ports(3)
        yaml = self.home / "cassandra.yaml"
        text = YAML.format(host=HOST, port=self.port, storage=storage, secure=secure, data=self.home / "data")
        self.certificate: tuple[Path, Path] | None = made_certificate(self.home) if secured else None
        if self.certificate:
            text += TLS.format(both=self.home / "both.pem", certificate=self.certificate[0])
        yaml.write_text(text)
        self._process = JvmProcess("Cassandra", _command(self.home, heap), self.home / "server.log")

    def spawn(self) -> None:
        """It starts; `until_ready` waits for it."""
        self._process.spawn()

    def until_ready(self) -> None:
        """It answers a query."""
        self._process.until(lambda: is_open(self.port), "its port")
        self._process.until(lambda: release_version(self.host, self.port, self.certificate) is not None, "an answer")

    def start(self) -> None:
        """It answers, on the port and with the data it had."""
        self.spawn()
        self.until_ready()

    def kill(self) -> None:
        """It is gone (kill -9)."""
        self._process.kill()

    def terminate(self) -> None:
        """It has stopped in order (SIGTERM)."""
        self._process.terminate()

    def pause(self) -> None:
        """It holds still (SIGSTOP)."""
        self._process.pause()

    def resume(self) -> None:
        """It goes on (SIGCONT)."""
        self._process.resume()

    def throw_away(self) -> None:
        """It is gone, and its data; its log stays."""
        self.kill()
        shutil.rmtree(self.home / "data", ignore_errors=True)

    @property
    def pid(self) -> int:
        """Of the running process."""
        return self._process.pid

    def must_live(self) -> None:
        """It runs; if it has died, its log says why."""
        self._process.must_live()


@contextmanager
def cassandra_server(
    folder: Path, heap: str = "512m", *, keep: bool = False, secured: bool = False
) -> Iterator[CassandraServer]:
    """A server that answers, in this folder; its data are removed at the end, unless they are to be kept."""
    with started_on_free_ports(lambda: CassandraServer(folder, heap, secured=secured), keep=keep) as server:
        yield server


def release_version(host: str, port: int, certificate: tuple[Path, Path] | None = None) -> str | None:
    """What the server at this address says it is; None while it does not answer."""
    try:
        with connected(host, port, certificate) as session:
            return str(session.execute("SELECT release_version FROM system.local").one()[0])
    except (NoHostAvailable, DriverException):
        return None


@contextmanager
def connected(host: str, port: int, certificate: tuple[Path, Path] | None = None) -> Iterator[Session]:
    """A session of a client that knows this node alone."""
    context = None
    if certificate:
        context = ssl.create_default_context(cafile=certificate[0])
        context.load_cert_chain(*certificate)
    profile = ExecutionProfile(load_balancing_policy=WhiteListRoundRobinPolicy([host]), request_timeout=ASK_S)
    cluster = Cluster(
        [host],
        port=port,
        protocol_version=4,
        connection_class=LibevConnection,
        ssl_context=context,
        connect_timeout=ASK_S,
        control_connection_timeout=ASK_S,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
    )
    try:
        yield cluster.connect()
    finally:
        cluster.shutdown()


def _command(home: Path, heap: str) -> tuple[str, ...]:
    opened = made_of("cassandra", "jvm17.options").read_text().split()
    return (
        java(),
        f"-Xmx{heap}",
        "-XX:+UseSerialGC",
        "-Xss512k",
        "-XX:-UsePerfData",
        *opened,
        "-Djdk.attach.allowAttachSelf=true",
        "-Dio.netty.tryReflectionSetAccessible=true",
        f"-Dcassandra.config=file://{home / 'cassandra.yaml'}",
        f"-Dcassandra.storagedir={home / 'data'}",
        f"-Dcassandra.logdir={home}",
        f"-Djava.io.tmpdir={home / 'tmp'}",
        f"-Dlogback.configurationFile={made_of('cassandra', 'logback.xml')}",
        "-Dcassandra-foreground=yes",
        "-Dcassandra.shutdown_announce_in_ms=0",
        "-cp",
        class_path("cassandra"),
        "org.apache.cassandra.service.CassandraDaemon",
    )
