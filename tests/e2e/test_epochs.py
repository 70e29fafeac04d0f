"""What people see of a reset of testnet: the page that is open goes on in the new epoch, the old one stays to be read."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from stellarmap_common.domain.network import Address
from tests.e2e.conftest import opened_tabs
from tests.support.browser import OpenTab, Tab, Theme, is_fine
from tests.support.served_testnet import ask_while_away, in_epoch, served_testnet
from tests.support.system import System, running_system
from tests.support.testnet import epoch_of_testnet, in_both

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOTH_THEMES = pytest.mark.parametrize("theme", ["dark", "light"])
BOTH_WIDTHS = pytest.mark.parametrize("width", [1440, 390])
SEEN_MS = 30_000  # how long a page may not have heard of a reset


@dataclass(slots=True)
class WasReset:
    """A system whose testnet was reset while a page about one of its accounts was open."""

    system: System
    address: Address  # mapped before; in the new epoch nobody has asked for it
    unfinished: Address  # asked for before, and not read when the reset came
    unmapped: Address  # nobody ever asked for it
    open_before: Tab


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def was_reset(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WasReset]:
    folder = tmp_path_factory.mktemp("resets")
    async with served_testnet(folder) as (testnet, settings), running_system(folder / "data", **settings) as system:
        after = epoch_of_testnet(folder, 1_200)
        before, address = testnet.network, in_both(testnet.network, after)
        unfinished, unmapped = (Address(before.keys.address(number)) for number in (900, 901))
        await system.completed(await system.ask(address, "testnet", budget=0), "testnet")
        async with opened_tabs(browser, system.url) as opened:
            tab = await opened(f"/testnet/account/{address}")
            await expect(tab.page.get_by_text("lineage complete")).to_be_visible()
            waiting = await ask_while_away(system, testnet, unfinished)
            testnet.play(after)
            testnet.away = False
            await in_epoch(system, 2)
            await system.completed(waiting, "testnet")
            yield WasReset(system, address, unfinished, unmapped, tab)


@pytest_asyncio.fixture(loop_scope="session")
async def open_after(was_reset: WasReset, browser: Browser) -> AsyncIterator[OpenTab]:
    async with opened_tabs(browser, was_reset.system.url) as opened:
        yield opened


async def test_a_page_that_is_open_shows_nothing_of_the_old_epoch_as_the_new_one(was_reset: WasReset) -> None:
    page = was_reset.open_before.page
    await expect(page.get_by_role("heading", name="Nobody has mapped this account yet")).to_be_visible(timeout=SEEN_MS)
    await expect(page.get_by_text("lineage complete")).to_have_count(0)


@BOTH_THEMES
@BOTH_WIDTHS
async def test_an_account_of_the_old_epoch_is_read_and_not_asked_for(
    was_reset: WasReset, open_after: OpenTab, theme: Theme, width: int
) -> None:
    tab = await open_after(f"/testnet-1/account/{was_reset.address}", theme=theme, width=width)
    await expect(tab.page.get_by_text("you look at its previous epoch 1")).to_be_visible()
    await expect(tab.page.get_by_text("lineage complete")).to_be_visible()
    await expect(tab.page.locator(".skeleton")).to_have_count(0)
    await has_nothing_to_ask(tab)
    await is_fine(tab, f"epoch-account-{theme}-{width}")
    assert not [url for url in tab.asked if "/events" in url], "nothing more happens there"


@BOTH_THEMES
@BOTH_WIDTHS
async def test_the_switch_lists_the_old_epoch_and_leads_to_its_home(
    open_after: OpenTab, theme: Theme, width: int
) -> None:
    tab = await open_after("/testnet", theme=theme, width=width)
    await tab.page.get_by_role("button", name="Network: testnet", exact=True).click()
    await expect(tab.page.get_by_role("menuitemradio")).to_have_count(2)
    await is_fine(tab, f"epoch-switch-{theme}-{width}")
    await tab.page.get_by_role("menuitemradio", name="testnet, epoch 1").click()
    await expect(tab.page.get_by_text("you look at its previous epoch 1")).to_be_visible()
    await expect(tab.page.get_by_role("button", name="Network: testnet, epoch 1")).to_be_visible()
    await expect(tab.page.locator(".skeleton")).to_have_count(0)
    await is_fine(tab, f"epoch-home-{theme}-{width}")


async def test_the_banner_leads_to_the_same_account_in_the_current_epoch(
    was_reset: WasReset, open_after: OpenTab
) -> None:
    tab = await open_after(f"/testnet-1/account/{was_reset.address}")
    await tab.page.get_by_role("link", name="This account in the current epoch").click()
    await expect(tab.page).to_have_url(f"{was_reset.system.url}/testnet/account/{was_reset.address}")
    await expect(tab.page.get_by_role("button", name="Map this account")).to_be_visible()
    await expect(tab.page.get_by_text("previous epoch")).to_have_count(0)


@BOTH_THEMES
@BOTH_WIDTHS
async def test_what_the_reset_left_unfinished_says_so_and_offers_no_retry(
    was_reset: WasReset, open_after: OpenTab, theme: Theme, width: int
) -> None:
    tab = await open_after(f"/testnet-1/account/{was_reset.unfinished}", theme=theme, width=width)
    await expect(tab.page.get_by_role("heading", name="Mapping this account failed")).to_be_visible()
    await expect(tab.page.get_by_text("testnet was reset on").first).to_be_visible()
    await expect(tab.page.locator(".skeleton")).to_have_count(0)
    await has_nothing_to_ask(tab)
    await is_fine(tab, f"epoch-unfinished-{theme}-{width}")


async def test_a_search_in_the_old_epoch_asks_for_nothing(was_reset: WasReset, open_after: OpenTab) -> None:
    tab = await open_after(f"/testnet-1/account/{was_reset.address}")
    box = tab.page.get_by_role("combobox", name="Account address")
    await box.fill(was_reset.unmapped)
    await box.press("Enter")
    await expect(tab.page.get_by_role("heading", name="Nobody mapped this account before the reset")).to_be_visible()
    await has_nothing_to_ask(tab)
    assert not [url for url in tab.asked if "/requests" in url]


async def has_nothing_to_ask(tab: Tab) -> None:
    for asking in ("Map this account", "Expand…", "Retry", "Ask again", "Cancel"):
        await expect(tab.page.get_by_role("button", name=asking)).to_have_count(0)
