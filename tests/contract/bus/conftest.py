"""The backends the suite runs on. A backend is all a new one has to add."""

import asyncio
import gc
import logging
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import structlog

from stellarmap_common.adapters.kafka.cluster.view import KafkaLogView
from tests.support.bus import BusBackend, EmbeddedBackend, KafkaBackend, OpenedBus, name_topics


@pytest.fixture(autouse=True)
def left_connections(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leaves no test the blame for what aiokafka does before it: it drops connections of dead brokers without closing them."""
    yield
    if "kafka" in request.node.nodeid:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


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


@pytest.fixture(params=["embedded", "kafka"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> BusBackend:
    """Where the bus of this test lives."""
    if request.param == "embedded":
        return EmbeddedBackend(tmp_path)
    on_kafka: KafkaBackend = request.getfixturevalue("kafka")
    return on_kafka


@pytest.fixture
def kafka(kafka_bootstrap: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> Iterator[KafkaBackend]:
    """Topics and groups on the shared broker that this test alone uses. What a test asks is answered as of now."""
    monkeypatch.setattr(KafkaLogView, "standings", KafkaLogView._standings)
    on_kafka = KafkaBackend(kafka_bootstrap, f"t{uuid.uuid4().hex[:12]}.")
    name_topics(on_kafka.prefix)
    yield on_kafka
    asyncio.run(on_kafka.remove())
    name_topics("")


@pytest_asyncio.fixture
async def bus(backend: BusBackend) -> AsyncIterator[OpenedBus]:
    """An opened bus with the topics of the tests; nothing is subscribed."""
    async with backend.open() as opened:
        yield opened
