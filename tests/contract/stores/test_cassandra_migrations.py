"""Migrations of a keyspace: applied once each, by one runner at a time; a killed one is taken up; another schema is refused."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from cassandra.cluster import Session

from stellarmap_common.adapters.cassandra.access import CassandraAccess, connect
from stellarmap_common.adapters.cassandra.dialect import APACHE, ASTRA
from stellarmap_common.adapters.cassandra.migrations import (
    SchemaRefused,
    SchemaState,
    migrate,
    require_current,
    schema_state,
)
from stellarmap_common.adapters.cassandra.migrations.files import Migration, migrations_in, own_folder
from stellarmap_common.adapters.cassandra.migrations.runner import copies_by_dc
from stellarmap_common.errors import StoreUnavailable

ROOT = Path(__file__).parents[3]
LEASE_S = 2
FIRST = "-- one; two\nCREATE TABLE IF NOT EXISTS fruit (name text PRIMARY KEY);\n"
SECOND = "ALTER TABLE fruit ADD IF NOT EXISTS colour text;\nCREATE TABLE IF NOT EXISTS tree (id int PRIMARY KEY);\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_fruit.cql").write_text(FIRST)
    return tmp_path


@pytest.fixture
def session(cassandra_address: tuple[str, int]) -> Iterator[Session]:
    host, port = cassandra_address
    cluster, session = connect(CassandraAccess(contact_points=(host,), port=port))
    yield session
    cluster.shutdown()


@pytest.fixture
def access(cassandra_address: tuple[str, int], session: Session) -> Iterator[CassandraAccess]:
    """A keyspace that is not there yet."""
    host, port = cassandra_address
    access = CassandraAccess(contact_points=(host,), port=port, keyspace=f"migrated_{uuid4().hex[:12]}")
    yield access
    session.execute(f"DROP KEYSPACE IF EXISTS {access.keyspace}", timeout=60)


def columns(session: Session, access: CassandraAccess) -> set[tuple[str, str]]:
    """Every column of the keyspace."""
    found = session.execute(
        "SELECT table_name, column_name FROM system_schema.columns WHERE keyspace_name = %s", (access.keyspace,)
    )
    return set(found)


def test_a_new_keyspace_gets_every_migration_once(access: CassandraAccess, folder: Path, session: Session) -> None:
    assert schema_state(access, folder) == SchemaState(pending=("0001_fruit",))
    assert not columns(session, access)
    assert migrate(access, folder) == ["0001_fruit"]
    assert migrate(access, folder) == []
    assert schema_state(access, folder) == SchemaState(applied=("0001_fruit",))
    (folder / "0002_colour.cql").write_text(SECOND)
    assert schema_state(access, folder) == SchemaState(applied=("0001_fruit",), pending=("0002_colour",))
    assert migrate(access, folder) == ["0002_colour"]
    assert {("fruit", "colour"), ("tree", "id")} <= columns(session, access)


@pytest.mark.parametrize(
    "failpoint",
    [
        "schema_tables_made:1",
        *(f"migration_statement:{n}" for n in (1, 2, 3)),
        *(f"migration_applied:{n}" for n in (1, 2)),
    ],
)
def test_killed_at_any_step_and_run_again_it_ends_where_an_undisturbed_run_does(
    access: CassandraAccess, folder: Path, session: Session, failpoint: str
) -> None:
    (folder / "0002_colour.cql").write_text(SECOND)
    assert migrated_by_a_process(access, folder, f"{failpoint}:kill") == -signal.SIGKILL
    migrate(access, folder, lease_s=LEASE_S)
    assert schema_state(access, folder) == SchemaState(applied=("0001_fruit", "0002_colour"))
    assert {name for name in columns(session, access) if not name[0].startswith("schema_")} == {
        ("fruit", "name"),
        ("fruit", "colour"),
        ("tree", "id"),
    }


def migrated_by_a_process(access: CassandraAccess, folder: Path, failpoint: str) -> int:
    """The exit code of a process that migrates, and is killed on its way."""
    program = (
        "import sys; from pathlib import Path\n"
        "from stellarmap_common.adapters.cassandra.access import CassandraAccess\n"
        "from stellarmap_common.adapters.cassandra.migrations import migrate\n"
        "from stellarmap_common.observability.failpoints import arm_failpoint\n"
        "arm_failpoint(sys.argv[1])\n"
        "access = CassandraAccess(contact_points=(sys.argv[2],), port=int(sys.argv[3]), keyspace=sys.argv[4])\n"
        f"migrate(access, Path(sys.argv[5]), lease_s={LEASE_S})\n"
    )
    place = access.contact_points[0], str(access.port), access.keyspace, str(folder)
    command = [sys.executable, "-c", program, failpoint, *place]
    return subprocess.run(command, cwd=ROOT, env=dict(os.environ), check=False, timeout=120).returncode


def test_of_many_runners_at_once_one_works_and_the_others_wait(access: CassandraAccess, folder: Path) -> None:
    (folder / "0002_colour.cql").write_text(SECOND)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: migrate(access, folder), range(4)))
    assert sorted(done) == [[], [], [], ["0001_fruit", "0002_colour"]]


def test_a_newer_schema_is_refused_and_left_alone(access: CassandraAccess, folder: Path, session: Session) -> None:
    (folder / "0002_colour.cql").write_text(SECOND)
    migrate(access, folder)
    (folder / "0002_colour.cql").unlink()
    before = columns(session, access)
    with pytest.raises(SchemaRefused, match=r"newer StellarMap.*0002_colour"):
        migrate(access, folder)
    assert not schema_state(access, folder).current
    assert columns(session, access) == before


def test_a_migration_that_was_changed_after_it_was_applied_is_refused(access: CassandraAccess, folder: Path) -> None:
    migrate(access, folder)
    (folder / "0001_fruit.cql").write_text(FIRST + "CREATE TABLE IF NOT EXISTS more (id int PRIMARY KEY);\n")
    with pytest.raises(SchemaRefused, match="0001_fruit is not the one"):
        migrate(access, folder)


def test_a_keyspace_of_somebody_else_is_refused(access: CassandraAccess, folder: Path, session: Session) -> None:
    session.execute(
        f"CREATE KEYSPACE {access.keyspace} WITH replication = "
        f"{{'class': 'NetworkTopologyStrategy', '{access.local_dc}': 1}}"
    )
    session.execute(f"CREATE TABLE {access.keyspace}.theirs (id int PRIMARY KEY)")
    with pytest.raises(SchemaRefused, match="not one of StellarMap"):
        migrate(access, folder)
    assert columns(session, access) == {("theirs", "id")}


def test_nobody_works_on_a_keyspace_that_lacks_a_migration(access: CassandraAccess) -> None:
    with pytest.raises(SchemaRefused, match="lacks 0001_facts"):
        require_current(access)


def test_a_server_that_is_not_there_is_an_outage(access: CassandraAccess) -> None:
    with pytest.raises(StoreUnavailable, match="Cassandra did not answer"):
        schema_state(replace(access, port=1))


def test_the_keyspace_is_made_with_the_copies_the_settings_say(
    access: CassandraAccess, folder: Path, session: Session
) -> None:
    migrate(replace(access, replication=f"{access.local_dc}:1"), folder)
    made = session.execute(
        "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = %s", (access.keyspace,)
    ).one()[0]
    assert made["class"].endswith("NetworkTopologyStrategy")
    assert made[access.local_dc] == "1"


def test_copies_are_given_for_the_local_data_centre_or_for_each() -> None:
    assert copies_by_dc(CassandraAccess(replication="3", local_dc="east")) == {"east": 3}
    assert copies_by_dc(CassandraAccess(replication="east:3,west-2:2")) == {"east": 3, "west-2": 2}


@pytest.mark.parametrize("migration", migrations_in(own_folder()), ids=lambda migration: migration.name)
def test_every_own_statement_may_be_done_twice_and_is_taken_by_every_dialect(migration: Migration) -> None:
    statements = list(migration.statements(APACHE))
    assert statements
    for statement, elsewhere in zip(statements, migration.statements(ASTRA), strict=True):
        assert re.match(r"(CREATE|ALTER|DROP) TABLE .*\bIF (NOT )?EXISTS\b", statement)
        assert "compaction" not in elsewhere
        assert ("CLUSTERING ORDER" in statement) == ("CLUSTERING ORDER" in elsewhere)
        first_of_key = re.search(r"PRIMARY KEY \(*(\w+)|(\w+) text PRIMARY KEY", statement)
        if first_of_key and statement.startswith("CREATE TABLE"):
            name = first_of_key[1] or first_of_key[2]
            assert f" {name} text" in statement or f"({name} text" in statement, "what every other key is told apart by"
