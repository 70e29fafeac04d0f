"""Parts of a page that are fetched when they are wanted, and cannot be: what is said, and that they come without a reload."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Locator, Request, Route, expect

from tests.support.browser import Tab, is_fine, open_tab
from tests.support.examples import mapped

if TYPE_CHECKING:
    from tests.support.system import System

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHAIN = "eight hops"
GONE = 404


def files_of(part: str, ending: str) -> re.Pattern[str]:
    return re.compile(rf"/assets/{part}-[\w-]+\.{ending}$")


def told(tab: Tab) -> Locator:
    return tab.page.get_by_role("alert")


def keys_dialog(tab: Tab) -> Locator:
    return tab.page.get_by_role("dialog", name="Keys of this page")


async def refuse(route: Route, _: Request) -> None:
    await route.abort()


@pytest.mark.parametrize("ending", ["js", "css"])
async def test_a_part_that_could_not_be_fetched_is_tried_again(system: "System", browser: Browser, ending: str) -> None:
    address = await mapped(system, CHAIN)
    async with open_tab(browser, system.url) as tab:
        await tab.page.route(files_of("KeysDialog", ending), refuse)
        await tab.goto(f"/sandbox/account/{address}")
        await tab.page.evaluate("window.neverReloaded = true")
        await tab.page.get_by_role("button", name="Keys of this page").click()
        await expect(told(tab)).to_contain_text("The list of keys could not be loaded")
        await is_fine(tab, f"part-missing-{ending}")
        await told(tab).get_by_role("button", name="Try again").click()
        await expect(told(tab)).to_contain_text("The list of keys could not be loaded")
        await tab.page.unroute(files_of("KeysDialog", ending))
        await told(tab).get_by_role("button", name="Try again").click()
        await expect(keys_dialog(tab)).to_be_visible()
        assert (
            await keys_dialog(tab).locator(".places").evaluate("places => getComputedStyle(places).columnCount") == "2"
        )
        assert await tab.page.evaluate("window.neverReloaded")
        assert tab.complaints == []


async def test_a_part_that_nobody_waits_for_any_more_is_left_alone(system: "System", browser: Browser) -> None:
    address = await mapped(system, CHAIN)
    async with open_tab(browser, system.url, width=390, theme="light") as tab:
        await tab.page.route(files_of("ExportDialog", "js"), refuse)
        await tab.goto(f"/sandbox/account/{address}")
        await tab.page.get_by_role("button", name="Export…").click()
        await expect(told(tab)).to_contain_text("The dialog to export could not be loaded")
        await is_fine(tab, "part-missing-narrow")
        await told(tab).get_by_role("button", name="Close").click()
        await expect(told(tab)).to_have_count(0)


@pytest.mark.parametrize("ending", ["js", "css"])
async def test_the_tree_itself_says_in_its_place_that_it_is_missing(
    system: "System", browser: Browser, ending: str
) -> None:
    address = await mapped(system, CHAIN)
    async with open_tab(browser, system.url) as tab:
        for part in ("LineageForms", "gestures"):
            await tab.page.route(files_of(part, ending), refuse)
        await tab.goto(f"/sandbox/account/{address}")
        missing = told(tab).filter(has_text="The tree could not be loaded")  # without a style others may be, too
        await expect(missing).to_be_visible()
        await is_fine(tab, f"tree-missing-{ending}")
        await tab.page.unroute(files_of("LineageForms", ending))
        await missing.get_by_role("button", name="Try again").click()
        await expect(tab.page.get_by_role("application")).to_be_visible()
        assert tab.complaints == []


async def test_after_a_new_version_was_installed_a_reload_is_offered_and_none_is_made(
    system: "System", browser: Browser
) -> None:
    address = await mapped(system, CHAIN)
    async with open_tab(browser, system.url) as tab:
        await tab.goto(f"/sandbox/account/{address}?view=radial")
        await expect(tab.page.get_by_role("application")).to_be_visible()
        await tab.page.get_by_role("searchbox").fill("GABC")
        await tab.page.evaluate("window.neverReloaded = true")

        async def gone(route: Route, _: Request) -> None:
            await route.fulfill(status=GONE, body="Not Found\n", content_type="text/plain")

        await tab.page.route(re.compile("/assets/"), gone)
        await tab.page.get_by_role("button", name="Expand…").click()
        # What the page still fetches by itself says so, too.
        await expect(told(tab).first).to_contain_text("a newer version of StellarMap is installed")
        assert await tab.page.evaluate("window.neverReloaded")
        await is_fine(tab, "version-gone")
        await tab.page.unroute_all()
        await told(tab).get_by_role("button", name="Load again").first.click()
        await expect(tab.page.get_by_role("button", name="Expand…")).to_be_visible()
        assert not await tab.page.evaluate("window.neverReloaded")
        assert "view=radial" in tab.page.url
        assert "q=GABC" in tab.page.url


async def test_a_page_that_could_not_be_fetched_is_gone_to_when_somebody_tries_again(
    system: "System", browser: Browser
) -> None:
    async with open_tab(browser, system.url) as tab:
        await tab.page.route(files_of("LeaderboardPage", "js"), refuse)
        await tab.goto("/sandbox")
        await tab.page.get_by_role("link", name="Leaderboard").click()
        await expect(told(tab)).to_contain_text("The page could not be loaded")
        await tab.page.unroute(files_of("LeaderboardPage", "js"))
        await told(tab).get_by_role("button", name="Try again").click()
        await expect(tab.page).to_have_url(re.compile("/sandbox/leaderboard"))
        await expect(told(tab)).to_have_count(0)
        assert tab.complaints == []


async def test_a_search_whose_page_could_not_be_fetched_keeps_what_was_typed_and_says_so_once(
    system: "System", browser: Browser
) -> None:
    address = await mapped(system, CHAIN)
    async with open_tab(browser, system.url) as tab:
        await tab.page.route(files_of("AccountPage", "js"), refuse)
        await tab.goto("/sandbox")
        search = tab.page.get_by_role("combobox").first
        await search.fill(address)
        await search.press("Enter")
        await expect(told(tab)).to_contain_text("The page could not be loaded")
        await expect(search).to_have_value(address)
        await tab.page.unroute(files_of("AccountPage", "js"))
        await told(tab).get_by_role("button", name="Try again").click()
        await expect(tab.page).to_have_url(re.compile(f"/sandbox/account/{address}"))
        await expect(told(tab)).to_have_count(0)
        assert tab.complaints == []
