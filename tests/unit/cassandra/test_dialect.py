"""What differs on Astra DB is in one table, and decided by the secure connect bundle alone."""

from pathlib import Path

import pytest

from stellarmap_common.adapters.cassandra.access import CassandraAccess
from stellarmap_common.adapters.cassandra.dialect import APACHE, ASTRA
from stellarmap_common.adapters.cassandra.migrations.files import Migration
from stellarmap_common.adapters.cassandra.session import Statement

TABLE = Migration(
    "0001_fruit",
    """
    -- red; or green
    CREATE TABLE IF NOT EXISTS fruit (
        tree text,
        at bigint, -- when
        PRIMARY KEY (tree, at)
    ) WITH CLUSTERING ORDER BY (at DESC)
        AND compaction = {'class': 'UnifiedCompactionStrategy'}
        AND default_time_to_live = 60
        AND gc_grace_seconds = 3600;
    CREATE TABLE IF NOT EXISTS tree (id text PRIMARY KEY) WITH compaction = {'class': 'UnifiedCompactionStrategy'};
    """,
)


def test_with_a_bundle_it_is_astra_and_without_one_cassandra() -> None:
    assert CassandraAccess().dialect is APACHE
    astra = CassandraAccess(bundle=Path("/secrets/bundle.zip"), username="token", password="AstraCS:secret")
    assert astra.dialect is ASTRA
    assert astra.where == "/secrets/bundle.zip"


def test_astra_is_given_the_order_and_the_time_to_live_of_a_table_and_no_other_option() -> None:
    fruit, tree = TABLE.statements(ASTRA)
    assert fruit == (
        "CREATE TABLE IF NOT EXISTS fruit ( tree text, at bigint, PRIMARY KEY (tree, at) ) "
        "WITH CLUSTERING ORDER BY (at DESC) AND default_time_to_live = 60"
    )
    assert tree == "CREATE TABLE IF NOT EXISTS tree (id text PRIMARY KEY)"


def test_cassandra_is_given_every_option() -> None:
    fruit, tree = TABLE.statements(APACHE)
    assert "gc_grace_seconds = 3600" in fruit
    assert "UnifiedCompactionStrategy" in tree
    assert "--" not in fruit


def test_astra_looks_up_fewer_partitions_at_once() -> None:
    assert (ASTRA.partitions_in, APACHE.partitions_in) == (20, 100)


@pytest.mark.parametrize(
    ("text", "conditional"),
    [
        ("INSERT INTO t (a) VALUES (?) IF NOT EXISTS", True),
        ("UPDATE t SET b = ?\n    WHERE a = ?\n    IF b = ?", True),
        ("DELETE FROM t WHERE a = ? IF EXISTS", True),
        ("INSERT INTO t (a) VALUES (?) USING TIMESTAMP ?", False),
        ("SELECT a FROM t WHERE a = ?", False),
    ],
)
def test_a_conditional_statement_is_known_by_its_text(text: str, conditional: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert Statement("a statement", text).conditional is conditional
