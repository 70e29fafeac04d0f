"""The backends the suite runs on. A backend is all a new one has to add; `StoreBackend` says what that is."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from stellarmap_common.ports.stores import Stores
from tests.support.stores import SqliteFiles, SqliteInline, StoreBackend

DURABLE = ("sqlite",)
BACKENDS = (*DURABLE, "sqlite-inline")


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> StoreBackend:
    """Where the stores of this test live."""
    return opened_backend(request.param, tmp_path_factory)


@pytest.fixture(scope="session", params=DURABLE)
def durable_backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> StoreBackend:
    """Where stores live that outlive the process that wrote them."""
    return opened_backend(request.param, tmp_path_factory)


def opened_backend(name: str, folders: pytest.TempPathFactory) -> StoreBackend:
    """The backend of that name."""
    return SqliteInline() if name == "sqlite-inline" else SqliteFiles(folders.mktemp("stores"))


@pytest_asyncio.fixture
async def stores(backend: StoreBackend) -> AsyncIterator[Stores]:
    """All stores of a place of their own, empty."""
    async with backend.at(backend.new_place()) as opened:
        yield opened
