"""The backends the suite runs on. A backend is all a new one has to add; `StoreBackend` says what that is."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from stellarmap_common.ports.stores import Stores
from tests.support.stores import SqliteFiles, SqliteInline, StoreBackend

BACKENDS = ("sqlite", "sqlite-inline")


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> StoreBackend:
    """Where the stores of this test live."""
    backends: dict[str, StoreBackend] = {
        "sqlite": SqliteFiles(tmp_path_factory.mktemp("stores")),
        "sqlite-inline": SqliteInline(),
    }
    return backends[request.param]


@pytest_asyncio.fixture
async def stores(backend: StoreBackend) -> AsyncIterator[Stores]:
    """All stores of a place of their own, empty."""
    async with backend.at(backend.new_place()) as opened:
        yield opened
