"""The backends the suite runs on. A backend is all a new one has to add; `StoreBackend` says what that is."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from stellarmap_common.adapters.cassandra.access import CassandraAccess
from stellarmap_common.ports.stores import Stores
from tests.support.cassandra_places import CassandraBackend, new_keyspace
from tests.support.stores import SqliteFiles, SqliteInline, StoreBackend

DURABLE = ("sqlite", "cassandra")
BACKENDS = (*DURABLE, "sqlite-inline")


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> StoreBackend:
    """Where the stores of this test live."""
    return opened_backend(request)


@pytest.fixture(scope="session", params=DURABLE)
def durable_backend(request: pytest.FixtureRequest) -> StoreBackend:
    """Where stores live that outlive the process that wrote them."""
    return opened_backend(request)


@pytest.fixture(scope="session")
def cassandra_keyspace(cassandra_address: tuple[str, int]) -> Iterator[CassandraAccess]:
    """A keyspace of this run, with the newest schema."""
    with new_keyspace(cassandra_address) as access:
        yield access


@pytest.fixture(scope="session")
def cassandra_backend(cassandra_keyspace: CassandraAccess) -> Iterator[CassandraBackend]:
    """That keyspace as a backend."""
    backend = CassandraBackend(cassandra_keyspace)
    yield backend
    backend.close()


def opened_backend(request: pytest.FixtureRequest) -> StoreBackend:
    """The backend that the test asks for."""
    if request.param == "cassandra":
        backend: CassandraBackend = request.getfixturevalue("cassandra_backend")
        return backend
    folders: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    return SqliteInline() if request.param == "sqlite-inline" else SqliteFiles(folders.mktemp("stores"))


@pytest_asyncio.fixture
async def stores(backend: StoreBackend) -> AsyncIterator[Stores]:
    """All stores of a place of their own, empty."""
    async with backend.at(backend.new_place()) as opened:
        yield opened
