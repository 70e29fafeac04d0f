"""One embedded system and one browser for all journeys; a tab of its own for each."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.support.browser import OpenTab, Tab, Theme, open_tab, system_chromium
from tests.support.system import System, running_system

NOWHERE = "http://127.0.0.1:9"  # the port of the discard protocol: nobody listens
EXPECTED = ("404 /api/v1/",)  # an account that nobody mapped yet is answered so


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """The sandbox network, made; and a public one that cannot be reached."""
    folder = tmp_path_factory.mktemp("e2e") / "data"
    settings = {
        "networks": "sandbox,public",
        "horizon_url_public": NOWHERE,
        "sandbox_accounts": 3_000,
        "reads_per_minute": 100_000,
        "requests_per_minute": 1_000,
    }
    async with running_system(folder, **settings) as running:
        await running.filled()
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with system_chromium() as chromium:
        yield chromium


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(system: System, browser: Browser) -> AsyncIterator[OpenTab]:
    """Opens a path in a tab; at the end no tab asked another host, and none complained."""
    tabs: list[Tab] = []
    async with AsyncExitStack() as stack:

        async def opened(path: str = "/", *, theme: Theme = "dark", width: int = 1440) -> Tab:
            tab = await stack.enter_async_context(open_tab(browser, system.url, theme=theme, width=width))
            tabs.append(tab)
            await tab.goto(path)
            return tab

        yield opened
    assert [url for tab in tabs for url in tab.outside()] == []
    assert [said for tab in tabs for said in tab.complaints] == []
    assert [each for tab in tabs for each in tab.refused if not each.startswith(EXPECTED)] == []
