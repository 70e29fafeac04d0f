"""The backends the suite runs on. A backend is all a new one has to add."""

import logging
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import structlog

from tests.support.bus import BusBackend, EmbeddedBackend, KafkaBackend, OpenedBus, name_topics


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """Warnings as one line each: structlog's default draws every traceback with all its variables, which takes a second."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )
    yield
    structlog.reset_defaults()


@pytest_asyncio.fixture(params=["embedded", "kafka"])
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BusBackend]:
    """Where the bus of this test lives."""
    if request.param == "embedded":
        yield EmbeddedBackend(tmp_path)
        return
    on_kafka = KafkaBackend(request.getfixturevalue("kafka_bootstrap"), f"t{uuid.uuid4().hex[:12]}.")
    name_topics(on_kafka.prefix)
    try:
        yield on_kafka
        await on_kafka.remove()
    finally:
        name_topics("")


@pytest_asyncio.fixture
async def bus(backend: BusBackend) -> AsyncIterator[OpenedBus]:
    """An opened bus with the topics of the tests; nothing is subscribed."""
    async with backend.open() as opened:
        yield opened
