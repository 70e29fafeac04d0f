"""Where a Cassandra is and how it is asked: the driver's settings, each with what it is for."""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cassandra import ConsistencyLevel
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, Session
from cassandra.io.libevreactor import LibevConnection
from cassandra.policies import ConstantReconnectionPolicy, DCAwareRoundRobinPolicy, RetryPolicy, TokenAwarePolicy
from cassandra.query import Statement, tuple_factory

from stellarmap_common.adapters.cassandra.dialect import APACHE, ASTRA, Dialect

REQUEST_TIMEOUT_S = 10.0  # longer than each of the server's own, which say more
CONNECT_TIMEOUT_S = 5.0
_ASKED_AGAIN = 2
_RECONNECT_S = 0.25  # the driver's own policy waits up to ten minutes for a node that is back
_PROTOCOL = 4  # the driver's reader of version 5 drops bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CassandraAccess:
    """The cluster, the keyspace of the installation in it, and who asks."""

    contact_points: tuple[str, ...] = ("127.0.0.1",)
    port: int = 9042
    keyspace: str = "stellarmap"
    replication: str = "1"  # copies in the local data centre, or `dc1:3,dc2:3`
    username: str = ""
    password: str = ""
    local_dc: str = "datacenter1"
    tls: bool = False
    ca_file: Path | None = None  # whom to trust; None: whom the system trusts
    certificate_file: Path | None = None  # ours, where nodes ask for one
    key_file: Path | None = None
    bundle: Path | None = None  # Astra DB's secure connect bundle: with it there are no contact points

    @property
    def dialect(self) -> Dialect:
        """What may be asked of it."""
        return ASTRA if self.bundle else APACHE

    @property
    def where(self) -> str:
        """The place, for people."""
        return str(self.bundle) if self.bundle else f"{','.join(self.contact_points)}:{self.port}"


class AskAgain(RetryPolicy):  # type: ignore[misc] # the driver has no types
    """What may be done twice is, a few times: the server's timeouts are short, and a busy node is soon less busy.

    What may not (a lightweight transaction) is asked once: the second time, it would be refused by itself.
    """

    def on_read_timeout(self, query: Statement, **info: Any) -> tuple[int, None]:
        return self._again(query, info["retry_num"], self.RETRY)

    def on_write_timeout(self, query: Statement, **info: Any) -> tuple[int, None]:
        return self._again(query, info["retry_num"], self.RETRY)

    def on_unavailable(self, query: Statement, *_: Any, retry_num: int, **__: Any) -> tuple[int, None]:
        return self._again(query, retry_num, self.RETRY_NEXT_HOST)

    def on_request_error(self, query: Statement, *_: Any, retry_num: int, **__: Any) -> tuple[int, None]:
        return self._again(query, retry_num, self.RETRY_NEXT_HOST)

    def _again(self, query: Statement, retry_num: int, again: int) -> tuple[int, None]:
        return (again if query.is_idempotent and retry_num < _ASKED_AGAIN else self.RETHROW), None


def connect(access: CassandraAccess) -> tuple[Cluster, Session]:
    """A connected session, and the cluster whose shutdown closes it. Blocks; raises what the driver raises."""
    cluster = Cluster(**_place(access), **_manner(access))
    try:
        return cluster, cluster.connect()
    except BaseException:
        cluster.shutdown()
        raise


def _place(access: CassandraAccess) -> dict[str, Any]:
    if access.bundle:
        return {"cloud": {"secure_connect_bundle": str(access.bundle)}}
    context = _ssl_context(access) if access.tls else None
    return {"contact_points": list(access.contact_points), "port": access.port, "ssl_context": context}


def _ssl_context(access: CassandraAccess) -> ssl.SSLContext:
    """Of connections to nodes whose certificates name the addresses they are reached at."""
    context = ssl.create_default_context(cafile=access.ca_file)
    if access.certificate_file is not None:
        context.load_cert_chain(access.certificate_file, access.key_file)
    return context


def _manner(access: CassandraAccess) -> dict[str, Any]:
    near = DCAwareRoundRobinPolicy() if access.bundle else DCAwareRoundRobinPolicy(access.local_dc)
    profile = ExecutionProfile(
        load_balancing_policy=TokenAwarePolicy(near),
        consistency_level=ConsistencyLevel.LOCAL_QUORUM,
        serial_consistency_level=ConsistencyLevel.LOCAL_SERIAL,
        request_timeout=REQUEST_TIMEOUT_S,
        row_factory=tuple_factory,
        retry_policy=AskAgain(),
    )
    credentials = PlainTextAuthProvider(access.username, access.password) if access.username else None
    return {
        "protocol_version": _PROTOCOL,
        "connection_class": LibevConnection,
        "auth_provider": credentials,
        "execution_profiles": {EXEC_PROFILE_DEFAULT: profile},
        "reconnection_policy": ConstantReconnectionPolicy(_RECONNECT_S, max_attempts=None),
        "connect_timeout": CONNECT_TIMEOUT_S,
        "control_connection_timeout": CONNECT_TIMEOUT_S,
        "idle_heartbeat_interval": 10,
        # The driver sends in pieces of 4 KB. Without this the last piece of a longer request waits 40 ms for an answer to
        # the one before: a batch of 100 rows took 50 ms instead of 2.
        "sockopts": [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        "monitor_reporting_enabled": False,
        "application_name": "stellarmap",
    }
