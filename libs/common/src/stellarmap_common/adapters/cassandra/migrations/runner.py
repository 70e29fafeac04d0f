"""Brings a keyspace to the newest schema. Killed at any point and run again, it ends where an undisturbed run does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources.abc import Traversable
from threading import Event
from time import monotonic
from uuid import NAMESPACE_OID, uuid5

from cassandra import InvalidRequest
from cassandra.cluster import Cluster, Session

from stellarmap_common.adapters.cassandra.access import CassandraAccess, connect
from stellarmap_common.adapters.cassandra.migrations.files import Migration, migrations_in, own_folder
from stellarmap_common.adapters.cassandra.migrations.lease import LEASE_S, held
from stellarmap_common.adapters.cassandra.session import translated_errors
from stellarmap_common.errors import StellarmapError, StoreUnavailable
from stellarmap_common.observability.failpoints import failpoint

AGREEMENT_S = 60.0
SEEN_S = 20.0

# The id follows from keyspace and text, so that two runners who make the same table at once make one table.
_MIGRATIONS_TABLE = (
    "CREATE TABLE IF NOT EXISTS {keyspace}.schema_migration "
    "(scope text, name text, checksum text, applied_at timestamp, PRIMARY KEY (scope, name)) "
    "WITH id = {id}"
)
_LEASE_TABLE = "CREATE TABLE IF NOT EXISTS {keyspace}.schema_lease (name text PRIMARY KEY, holder text) WITH id = {id}"
_MAKE_KEYSPACE = (
    "CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = {{'class': 'NetworkTopologyStrategy', {dcs}}}"
)
_KEYSPACE = "SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = %s"
_TABLES = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s"
_APPLIED = "SELECT name, checksum FROM {keyspace}.schema_migration WHERE scope = 'stellarmap'"
_NOTE = "INSERT INTO {keyspace}.schema_migration (scope, name, checksum, applied_at) VALUES ('stellarmap', %s, %s, %s)"


class SchemaRefused(StellarmapError):
    """The keyspace's schema is not the one this version works on; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class SchemaState:
    """What is applied to a keyspace, and what is still to be."""

    applied: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    refused: str | None = None  # why this version must not touch the keyspace

    @property
    def current(self) -> bool:
        """True when this version may work on the keyspace as it is."""
        return not self.pending and not self.refused


def migrate(access: CassandraAccess, folder: Traversable | None = None, *, lease_s: int = LEASE_S) -> list[str]:
    """Afterwards the keyspace is there with every migration; returns the names of those applied now. Safe to repeat.

    Blocks; while another runner works, it waits. Raises: SchemaRefused, StoreUnavailable.
    """
    known = migrations_in(folder or own_folder())
    with _connected(access) as (cluster, session):
        _seen(lambda: _make_ready(cluster, session, access, known))
        failpoint("schema_tables_made")
        with held(session, access.keyspace, lease_s) as lease:
            state = _ready_for_work(_state(session, access, known))
            pending = [migration for migration in known if migration.name in state.pending]
            for migration in pending:
                for statement in migration.statements(access.dialect):
                    lease.check()
                    _change_schema(cluster, session, statement)
                    failpoint("migration_statement")
                _note(session, access, migration)
                failpoint("migration_applied")
        return [migration.name for migration in pending]


def schema_state(access: CassandraAccess, folder: Traversable | None = None) -> SchemaState:
    """What a keyspace has and lacks. It is only read; one that is not there lacks everything. Blocks.

    Raises: StoreUnavailable.
    """
    with _connected(access) as (_, session):
        return _state(session, access, migrations_in(folder or own_folder()))


def require_current(access: CassandraAccess) -> None:
    """Returns if this version may work on the keyspace. Blocks. Raises: SchemaRefused, StoreUnavailable."""
    state = schema_state(access)
    if state.refused:
        raise SchemaRefused(state.refused)
    if state.pending:
        lacking = ", ".join(state.pending)
        raise SchemaRefused(
            f"The keyspace {access.keyspace} at {access.where} lacks {lacking}. Nothing was changed; run `stellarmap migrate`."
        )


def _own_table(statement: str, access: CassandraAccess) -> str:
    if not access.dialect.takes_table_options:
        statement = statement.partition(" WITH ")[0]
    return statement.format(keyspace=access.keyspace, id=uuid5(NAMESPACE_OID, f"{access.keyspace} {statement}"))


@contextmanager
def _connected(access: CassandraAccess) -> Iterator[tuple[Cluster, Session]]:
    with translated_errors("schema"):
        cluster, session = connect(access)
        try:
            yield cluster, session
        finally:
            cluster.shutdown()


def _make_ready(cluster: Cluster, session: Session, access: CassandraAccess, known: tuple[Migration, ...]) -> None:
    """Afterwards there is a keyspace of ours, in which a lease can be held and migrations noted."""
    _ready_for_work(_state(session, access, known))
    _make_keyspace(cluster, session, access)
    session.set_keyspace(access.keyspace)
    for table in (_LEASE_TABLE, _MIGRATIONS_TABLE):
        _change_schema(cluster, session, _own_table(table, access))


def _seen(work: Callable[[], None]) -> None:
    """`work` is done: what another runner makes at this moment is listed a little before it can be used."""
    deadline, moment = monotonic() + SEEN_S, Event()
    while True:
        try:
            return work()
        except InvalidRequest:
            if monotonic() > deadline:
                raise
            moment.wait(0.2)


def _ready_for_work(state: SchemaState) -> SchemaState:
    if state.refused:
        raise SchemaRefused(state.refused)
    return state


def _make_keyspace(cluster: Cluster, session: Session, access: CassandraAccess) -> None:
    if list(session.execute(_KEYSPACE, (access.keyspace,))):
        return
    if not access.dialect.creates_keyspaces:
        raise SchemaRefused(
            f"{access.dialect.name} has no keyspace {access.keyspace}. Make it in its console, and run this again."
        )
    dcs = ", ".join(f"'{dc}': {copies}" for dc, copies in copies_by_dc(access).items())
    _change_schema(cluster, session, _MAKE_KEYSPACE.format(keyspace=access.keyspace, dcs=dcs))


def copies_by_dc(access: CassandraAccess) -> dict[str, int]:
    """How many copies of each row every data centre keeps."""
    if access.replication.isdigit():
        return {access.local_dc: int(access.replication)}
    parts = (part.rpartition(":") for part in access.replication.split(","))
    return {dc: int(copies) for dc, _, copies in parts}


def _change_schema(cluster: Cluster, session: Session, statement: str) -> None:
    """Afterwards every node has the change. Raises: StoreUnavailable."""
    response = session.execute_async(statement, timeout=AGREEMENT_S)
    response.result()
    deadline = monotonic() + AGREEMENT_S
    agreed = response.is_schema_agreed
    while not agreed:
        if monotonic() > deadline:
            raise StoreUnavailable("The nodes of Cassandra do not agree on the schema. Once they do, run it again.")
        agreed = cluster.control_connection.wait_for_schema_agreement(wait_time=5)


def _state(session: Session, access: CassandraAccess, known: tuple[Migration, ...]) -> SchemaState:
    tables = {name for (name,) in session.execute(_TABLES, (access.keyspace,))} - {"schema_lease"}
    where = f"The keyspace {access.keyspace} at {access.where}"
    if tables and "schema_migration" not in tables:
        return SchemaState(refused=f"{where} is not one of StellarMap. Set STELLARMAP_CASSANDRA_KEYSPACE.")
    applied = dict(session.execute(_APPLIED.format(keyspace=access.keyspace))) if tables else {}
    names = tuple(migration.name for migration in known)
    return SchemaState(
        applied=tuple(sorted(applied)),
        pending=tuple(name for name in names if name not in applied),
        refused=_refusal(applied, {migration.name: migration.checksum for migration in known}, where),
    )


def _refusal(applied: dict[str, str], known: dict[str, str], where: str) -> str | None:
    newer = [name for name in applied if name not in known]
    if newer:
        return (
            f"{where} was made by a newer StellarMap (it has {', '.join(newer)}). Nothing was changed; install that "
            "version again."
        )
    changed = [name for name, checksum in applied.items() if checksum != known[name]]
    if changed:
        return (
            f"The migration {', '.join(changed)} is not the one that was applied. {where} was not changed; install the "
            "version that made it, or begin a new one under another STELLARMAP_CASSANDRA_KEYSPACE."
        )
    return None


def _note(session: Session, access: CassandraAccess, migration: Migration) -> None:
    statement = _NOTE.format(keyspace=access.keyspace)
    session.execute(statement, (migration.name, migration.checksum, datetime.now(UTC)))
