"""Cluster mode: the bus is Apache Kafka, the store Apache Cassandra or Astra DB; any number of processes share them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from stellarmap_common.adapters.cassandra.access import CassandraAccess
from stellarmap_common.adapters.cassandra.migrations import migrate, require_current, schema_state
from stellarmap_common.adapters.cassandra.session import open_session
from stellarmap_common.adapters.cassandra.stores import open_stores
from stellarmap_common.adapters.kafka.bus import Bus, broker_options
from stellarmap_common.adapters.kafka.cluster.access import KafkaAccess
from stellarmap_common.adapters.kafka.cluster.bus import open_kafka_bus
from stellarmap_common.adapters.kafka.cluster.waiting import WaitingBus
from stellarmap_common.errors import PermanentError
from stellarmap_common.observability.metrics import Metrics
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.dead_letters import DeadLetterReader
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.engines import Accepts, any_network, unseen
from stellarmap_common.runtime.settings import Settings


class ClusterEngine:
    """The servers of the settings."""

    shared = True

    def __init__(self, settings: Settings) -> None:
        self._kafka = _kafka(settings)
        self._cassandra = _cassandra(settings)

    @asynccontextmanager
    async def open_bus(self, clock: Clock, metrics: Metrics, accepts: Accepts) -> AsyncIterator[WaitingBus]:
        options = broker_options(metrics)
        opened = partial(open_kafka_bus, self._kafka, clock=clock, metrics=metrics, accepts=accepts, options=options)
        async with WaitingBus(opened, clock) as bus:
            yield bus

    @asynccontextmanager
    async def open_stores(self, metrics: Metrics) -> AsyncIterator[Stores]:
        await asyncio.to_thread(require_current, self._cassandra)
        async with open_session(self._cassandra, metrics) as session:
            yield open_stores(session)

    @asynccontextmanager
    async def open_import(self) -> AsyncIterator[Stores]:
        async with self.open_stores(unseen()) as stores:
            yield stores

    @asynccontextmanager
    async def open_to_look(self) -> AsyncIterator[Stores]:
        async with self.open_stores(unseen()) as stores:
            yield stores

    @asynccontextmanager
    async def open_topics(self) -> AsyncIterator[Bus]:
        async with open_kafka_bus(self._kafka, clock=SystemClock(), metrics=unseen(), accepts=any_network) as bus:
            yield bus

    @asynccontextmanager
    async def open_dead_letters(self) -> AsyncIterator[DeadLetterReader]:
        async with self.open_topics() as bus:
            yield bus.dead_letters

    async def migrate(self) -> list[str]:
        return await asyncio.to_thread(migrate, self._cassandra)

    async def store_told(self) -> str:
        state = await asyncio.to_thread(schema_state, self._cassandra)
        if state.refused:
            raise PermanentError(state.refused)
        where = f"Cassandra at {self._cassandra.where}, keyspace {self._cassandra.keyspace}"
        if state.pending:
            raise PermanentError(f"{where}: {len(state.pending)} migrations are to be applied by `stellarmap migrate`")
        return f"{where}, {len(state.applied)} migrations applied"

    async def bus_told(self) -> str:
        where = f"Kafka at {', '.join(self._kafka.bootstrap_servers)}"
        async with self.open_topics() as bus:
            await bus.writable()
            differences = await bus.topics_diff()
        if differences:
            raise PermanentError(
                f"{where} has other topics than the table says: `stellarmap topics diff` lists {len(differences)}"
            )
        return f"{where}, every topic as the table says"


def _kafka(settings: Settings) -> KafkaAccess:
    chosen = settings.kafka
    return KafkaAccess(
        bootstrap_servers=chosen.kafka_bootstrap_servers,
        security_protocol=chosen.kafka_security_protocol,
        mechanism=chosen.kafka_security_mechanism,
        username=chosen.kafka_security_username,
        password=chosen.kafka_security_password.get_secret_value(),
        ca_file=chosen.kafka_security_ca_file,
        certificate_file=chosen.kafka_security_certificate_file,
        key_file=chosen.kafka_security_key_file,
        replication=chosen.kafka_replication,
        min_isr=chosen.kafka_min_isr,
        instance_id=chosen.kafka_instance_id,
    )


def _cassandra(settings: Settings) -> CassandraAccess:
    chosen = settings.cassandra
    return CassandraAccess(
        contact_points=chosen.cassandra_contact_points,
        port=chosen.cassandra_port,
        keyspace=chosen.cassandra_keyspace,
        replication=chosen.cassandra_replication,
        username=chosen.cassandra_username,
        password=chosen.cassandra_password.get_secret_value(),
        local_dc=chosen.cassandra_local_dc,
        tls=chosen.cassandra_tls,
        ca_file=chosen.cassandra_ca_file,
        certificate_file=chosen.cassandra_certificate_file,
        key_file=chosen.cassandra_key_file,
        bundle=chosen.cassandra_secure_connect_bundle,
    )
