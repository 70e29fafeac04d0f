"""No statement of the product reads more than it names: by its text, and by what a real node says it did."""

import asyncio
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from cassandra.cluster import Session
from cassandra.query import PreparedStatement

from stellarmap_common.adapters import cassandra as adapter
from stellarmap_common.adapters.cassandra.session import Statement, qualified
from tests.support.cassandra_places import CassandraBackend
from tests.support.stores import creation, end, unplaced

FOLDER = Path(str(adapter.__file__)).parent
SAMPLES = {"int": 1, "bigint": 1, "smallint": 1, "tinyint": 1, "boolean": True}
SCANS = ("Executing seq scan", "Submitting range requests", "Computing ranges to query")


def statements() -> Iterator[Statement]:
    """Every statement of the adapter: each is a constant of a module, alone or in a table of them."""
    for module in pkgutil.walk_packages([str(FOLDER)], f"{adapter.__name__}."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, Statement):
                yield value
            elif isinstance(value, dict | tuple | list):
                yield from (
                    one for one in (value.values() if isinstance(value, dict) else value) if isinstance(one, Statement)
                )


ALL = sorted({one.text: one for one in statements()}.values(), key=lambda one: (one.name, one.text))
READS = [one for one in ALL if one.text.lstrip().startswith("SELECT")]


@pytest.fixture(scope="module")
def session(cassandra_backend: CassandraBackend) -> Session:
    """Its tables have rows to scan: the reads below name rows that are not there."""

    async def fill() -> None:
        async with cassandra_backend.at(cassandra_backend.new_place()) as stores:
            facts = [creation(number, number // 3, number + 1) for number in range(1, 300)]
            await stores.creations.record(facts, [end(5, 6, 900)], [unplaced("A", "B")])

    asyncio.run(fill())
    return cassandra_backend.driver()


def test_the_adapter_has_statements_and_every_name_means_one_of_them() -> None:
    assert len(READS) > 20
    names = [one.name for one in ALL]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_nothing_is_filtered_anywhere() -> None:
    sources = [*FOLDER.rglob("*.py"), *FOLDER.rglob("*.cql")]
    assert sources
    assert [path.name for path in sources if "ALLOW FILTERING" in path.read_text(encoding="utf-8").upper()] == []


@pytest.mark.parametrize("statement", ALL, ids=lambda statement: statement.name)
def test_every_statement_names_whole_partitions(
    session: Session, cassandra_backend: CassandraBackend, statement: Statement
) -> None:
    keyspace = cassandra_backend.access.keyspace
    match = re.search(r"(?:FROM|INTO|^\s*UPDATE)\s+(\w+)", statement.text)
    assert match
    key = [column.name for column in session.cluster.metadata.keyspaces[keyspace].tables[match[1]].partition_key]
    if "INSERT" in statement.text:
        named = re.findall(r"\w+", statement.text.partition("(")[2].partition(")")[0])
    else:
        named = re.findall(r"(\w+) (?:=|IN) ", statement.text.partition("WHERE")[2])
    assert set(key) <= set(named)


@pytest.mark.parametrize("statement", READS, ids=lambda statement: statement.name)
def test_every_read_goes_to_its_partitions_alone(
    session: Session, cassandra_backend: CassandraBackend, statement: Statement
) -> None:
    prepared = session.prepare(qualified(statement.text, cassandra_backend.access.keyspace))
    answer = session.execute(prepared.bind(sample_values(prepared)), trace=True)
    done = [event.description for event in answer.get_query_trace(max_wait_sec=20).events]
    assert any("Executing single-partition query" in line for line in done), done
    assert [line for line in done if line.startswith(SCANS)] == []


def sample_values(prepared: PreparedStatement) -> list[Any]:
    """Some value of each type that the statement asks for. Texts and bytes grow: between equal ones nothing is to be read."""
    return [sample(column.type, place) for place, column in enumerate(prepared.column_metadata)]


def sample(kind: Any, place: int) -> Any:
    if kind.typename.startswith(("list", "set", "frozen")):
        return [sample(kind.subtypes[0], place)]
    if kind.typename == "tuple":
        return tuple(sample(part, place) for part in kind.subtypes)
    growing = {"varchar": "x" * (place + 1), "blob": b"x" * (place + 1)}
    return growing.get(kind.typename, SAMPLES.get(kind.typename))
