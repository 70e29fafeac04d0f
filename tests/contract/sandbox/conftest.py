"""A frozen network of 1,000 accounts, and a client to ask it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.sandbox import Asked, running_sandbox, sandbox_settings


@pytest.fixture(scope="session")
def networks_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("networks")


@pytest.fixture
async def asked(networks_dir: Path) -> AsyncIterator[Asked]:
    async with running_sandbox(networks_dir, sandbox_settings()) as asked:
        yield asked
