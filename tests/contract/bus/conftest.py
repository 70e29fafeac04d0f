"""The backends the suite runs on. A backend is all a new one has to add."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.bus import BusBackend, EmbeddedBackend, OpenedBus


@pytest.fixture(params=["embedded"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> BusBackend:
    """Where the bus of this test lives."""
    assert request.param == "embedded"
    return EmbeddedBackend(tmp_path)


@pytest_asyncio.fixture
async def bus(backend: BusBackend) -> AsyncIterator[OpenedBus]:
    """An opened bus with the topics of the tests; nothing is subscribed."""
    async with backend.open() as opened:
        yield opened
