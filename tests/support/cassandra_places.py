"""Stores in Cassandra for tests: one keyspace for all of a run, in which every place has keys of its own.

The first part of every partition key is a text (network, source, key …). In a place it is stored with the place before it.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar
from uuid import uuid4

from cassandra.cluster import Session
from cassandra.query import PreparedStatement
from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.cassandra.access import CassandraAccess, connect
from stellarmap_common.adapters.cassandra.migrations import migrate
from stellarmap_common.adapters.cassandra.session import CassandraSession, Row, Statement, Values, Write
from stellarmap_common.adapters.cassandra.stores import open_stores
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.observability.metrics import open_metrics
from stellarmap_common.ports.stores import Stores

S = TypeVar("S", bound="PlacedSession")


class PlacedSession(CassandraSession):
    """A session that sees one place of its keyspace."""

    def __init__(self, session: Session, *, access: CassandraAccess, place: str) -> None:
        metrics = open_metrics(CollectorRegistry())
        super().__init__(session, keyspace=access.keyspace, dialect=access.dialect, metrics=metrics)
        self._place = f"{place}/"
        self._tables = session.cluster.metadata.keyspaces[access.keyspace].tables

    def given(self, prepared: PreparedStatement, values: Values) -> Values:
        """The values, those of the first part of the key in this place."""
        placed = list(values)
        for index, column in enumerate(prepared.column_metadata):
            if self._tables[column.table_name].partition_key[0].name == column.name:
                placed[index] = f"{self._place}{values[index]}"
        return placed

    def received(self, statement: Statement, rows: list[Row]) -> list[Row]:
        """The rows, without the place."""
        return [tuple(self._without_place(value) for value in row) for row in super().received(statement, rows)]

    def _without_place(self, value: Any) -> Any:
        return value.removeprefix(self._place) if isinstance(value, str) else value


class CutOff(PlacedSession):
    """A session whose writes fail from the given one on, as if the process had been killed there."""

    left = 1_000_000

    async def batch(self, writes: Iterable[Write]) -> None:
        self.count()
        await super().batch(writes)

    async def execute(self, statement: Statement, *values: Any) -> None:
        self.count()
        await super().execute(statement, *values)

    def count(self) -> None:
        """One more write is begun."""
        self.left -= 1
        if self.left < 0:
            raise StoreUnavailable("cut off")


class CassandraBackend:
    """A keyspace of a real Cassandra."""

    def __init__(self, access: CassandraAccess) -> None:
        self.access = access
        self._session: Session | None = None

    @classmethod
    def of(cls, place: str) -> "CassandraBackend":
        """The backend of a place, for a process that is only told the place."""
        _, host, port, keyspace, _ = place.split(":")
        return cls(CassandraAccess(contact_points=(host,), port=int(port), keyspace=keyspace))

    def new_place(self) -> str:
        access = self.access
        return f"cassandra:{access.contact_points[0]}:{access.port}:{access.keyspace}:{uuid4().hex[:12]}"

    @asynccontextmanager
    async def at(self, place: str) -> AsyncIterator[Stores]:
        yield open_stores(self.session_at(place))

    def session_at(self, place: str) -> PlacedSession:
        """A session of that place."""
        return PlacedSession(self.driver(), access=self.access, place=place.rpartition(":")[2])

    def driver(self) -> Session:
        """The connection that all places share: to open one takes a hundred times as long as a read."""
        if self._session is None:
            _, self._session = connect(self.access)
        return self._session

    def close(self) -> None:
        """Afterwards nothing is connected."""
        if self._session is not None:
            self._session.cluster.shutdown()
            self._session = None


def placed(backend: CassandraBackend, kind: type[S]) -> S:
    """A session of that kind in a place of its own."""
    return kind(backend.driver(), access=backend.access, place=backend.new_place().rpartition(":")[2])


@contextmanager
def new_keyspace(address: tuple[str, int]) -> Iterator[CassandraAccess]:
    """A keyspace with the newest schema, dropped afterwards."""
    host, port = address
    access = CassandraAccess(contact_points=(host,), port=port, keyspace=f"run_{uuid4().hex[:12]}")
    migrate(access)
    try:
        yield access
    finally:
        cluster, session = connect(access)
        session.execute(f"DROP KEYSPACE {access.keyspace}", timeout=60)
        cluster.shutdown()
