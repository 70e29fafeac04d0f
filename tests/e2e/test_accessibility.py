"""Every page, both themes, wide and narrow: no violation of WCAG 2.2 AA, nothing wider than the screen."""

import pytest
from playwright.async_api import expect

from tests.support.browser import OpenTab, Tab, Theme
from tests.support.examples import example, mapped
from tests.support.system import System

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("theme", ["dark", "light"]),
    pytest.mark.parametrize("width", [1440, 390]),
]


async def test_home(open_page: OpenTab, theme: Theme, width: int) -> None:
    tab = await open_page("/sandbox", theme=theme, width=width)
    await expect(tab.page.get_by_text("Accounts mapped")).to_be_visible()
    await expect(tab.page.locator(".skeleton")).to_have_count(0)
    await is_fine(tab, f"home-{theme}-{width}")


@pytest.mark.parametrize("view", ["tidy", "outline"])
async def test_account(system: System, open_page: OpenTab, theme: Theme, width: int, view: str) -> None:
    address = await mapped(system, "hops from genesis")
    tab = await open_page(f"/sandbox/account/{address}?view={view}", theme=theme, width=width)
    await expect(tab.page.get_by_text("lineage complete")).to_be_visible()
    await expect(tab.page.locator(".skeleton")).to_have_count(0)
    await is_fine(tab, f"account-{view}-{theme}-{width}")


@pytest.mark.parametrize("panel", ["details", "stages"])
async def test_panels_of_an_account(system: System, open_page: OpenTab, theme: Theme, width: int, panel: str) -> None:
    address = await mapped(system, "three times")
    tab = await open_page(f"/sandbox/account/{address}?tab={panel}", theme=theme, width=width)
    await expect(tab.page.get_by_role("tab", name=panel.capitalize())).to_have_attribute("aria-selected", "true")
    await expect(tab.page.locator(".skeleton")).to_have_count(0)
    await is_fine(tab, f"account-{panel}-{theme}-{width}")


async def test_account_that_nobody_mapped(system: System, open_page: OpenTab, theme: Theme, width: int) -> None:
    address = await example(system, "contract")
    tab = await open_page(f"/sandbox/account/{address}", theme=theme, width=width)
    await expect(tab.page.get_by_role("button", name="Map this account")).to_be_visible()
    await is_fine(tab, f"unmapped-{theme}-{width}")


async def is_fine(tab: Tab, name: str) -> None:
    await tab.shot(name)
    assert await tab.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert await tab.axe() == []
