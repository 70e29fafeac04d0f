"""The simulated network of a module, and a project of its own for each test."""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from stellarmap_common.observability.failpoints import arm_failpoint
from tests.support.guarded import Hubble, hubble
from tests.support.served import ServedSandbox, served_sandbox

_projects = count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServedSandbox]:
    async with served_sandbox(tmp_path_factory.mktemp("network")) as served:
        yield served


@pytest.fixture
def network(served: ServedSandbox, tmp_path: Path) -> Hubble:
    return hubble(served, tmp_path, f"project-{next(_projects)}")


@pytest.fixture
def disarmed() -> Iterator[None]:
    yield
    arm_failpoint("")
