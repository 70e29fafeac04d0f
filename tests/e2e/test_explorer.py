"""Journeys on the page of an account, against the embedded system."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.e2e.conftest import opened_tabs
from tests.support.browser import OpenTab
from tests.support.explored import Explored, explored
from tests.support.explorer_journeys import LOST, ExplorerJourneys

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Explored]:
    async with explored(tmp_path_factory.mktemp("explorer")) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def open_tab(world: Explored, browser: Browser) -> AsyncIterator[OpenTab]:
    async with opened_tabs(browser, world.system.url) as opened:
        yield opened


class TestEmbedded(ExplorerJourneys):
    @pytest.fixture(params=LOST)
    def lost_s(self, request: pytest.FixtureRequest) -> int:
        return int(request.param)
