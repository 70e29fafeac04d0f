"""Networks that fault tests share, and how embedded mode ends on them. A failure says which seed made its troubles."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.support.harness import LARGE, SEED, SMALL, VARIABLE, Outcome, undisturbed
from tests.support.harness_network import NetworkProcess, network_process


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Adds the seed to the report of a failure."""
    made = yield
    report = made.get_result()  # type: ignore[attr-defined]  # pluggy's Result has no type here
    if report.failed:
        report.sections.append(("Seed of the faults", f"{VARIABLE}={SEED} makes these troubles again"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def small(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NetworkProcess]:
    async with network_process(tmp_path_factory.mktemp("small"), **SMALL) as network:
        yield network


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def small_clean(small: NetworkProcess, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return await undisturbed(small, tmp_path_factory.mktemp("undisturbed") / "data", small.hub)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def large(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NetworkProcess]:
    async with network_process(tmp_path_factory.mktemp("large"), **LARGE) as network:
        yield network


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def large_clean(large: NetworkProcess, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return await undisturbed(large, tmp_path_factory.mktemp("undisturbed") / "data", large.hub)


@pytest.fixture
async def in_time(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """At the end the networks of the test answer again as fast as they can."""
    networks = [request.getfixturevalue(name) for name in ("small", "large") if name in request.fixturenames]
    yield
    for network in networks:
        await network.trouble()
