"""Every page, both themes, wide and narrow: no violation of WCAG 2.2 AA, nothing wider than the screen."""

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.support.browser import OpenTab, Theme, is_fine
from tests.support.examples import example, found_by_prefix, mapped
from tests.support.system import System

if TYPE_CHECKING:
    from tests.e2e.conftest import Failing

REFUSED = "GCNL55IJTH2HX26HLNIGYD2JIQLTBAQL3SVPNZA6PXK7NAVHU423WOTE"  # of the recorded public network

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


async def test_suggestions(system: System, open_page: OpenTab, theme: Theme, width: int) -> None:
    address = await found_by_prefix(system, "hops from genesis")
    tab = await open_page("/sandbox", theme=theme, width=width)
    await expect(tab.page.locator(".skeleton")).to_have_count(0)
    await tab.page.get_by_role("combobox", name="Account address").press_sequentially(address[:3])
    await expect(tab.page.get_by_role("option").first).to_be_visible()
    await tab.page.keyboard.press("ArrowDown")
    await is_fine(tab, f"suggestions-{theme}-{width}")


@pytest.mark.parametrize("view", ["rings", "tidy", "radial", "outline"])
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


async def test_ops_of_a_healthy_installation(system: System, open_page: OpenTab, theme: Theme, width: int) -> None:
    tab = await open_page("/ops", theme=theme, width=width)
    await expect(tab.page.get_by_text("Admin token").first).to_be_visible()
    await expect(tab.page.locator(".skeleton")).to_have_count(0)
    await is_fine(tab, f"ops-locked-{theme}-{width}")
    await tab.page.get_by_label("Admin token").fill((system.log.with_suffix("") / "admin-token").read_text().strip())
    await tab.page.get_by_role("button", name="Unlock").click()
    await expect(tab.page.get_by_text("nothing was set aside")).to_be_visible()
    await is_fine(tab, f"ops-empty-{theme}-{width}")


async def test_ops_with_dead_letters_and_faults(
    failing: "Failing", open_failing: OpenTab, theme: Theme, width: int
) -> None:
    await failing.faults({"kind": "unavailable"}, {"kind": "slow_drip", "share": 0.25, "seconds": 5, "after_s": 60})
    tab = await open_failing("/ops", theme=theme, width=width)
    await tab.page.get_by_label("Admin token").fill(failing.token)
    await tab.page.get_by_role("button", name="Unlock").click()
    await expect(tab.page.get_by_role("list", name="Faults that are on")).to_be_visible()
    await tab.page.get_by_role("button", name="Add one fault").click()
    await expect(tab.page.locator(".skeleton")).to_have_count(0)
    await is_fine(tab, f"ops-letters-{theme}-{width}")
    await tab.page.get_by_role("button", name="headers are missing").first.click()
    await expect(tab.page.get_by_role("heading", name="Payload")).to_be_visible()
    await is_fine(tab, f"ops-letter-{theme}-{width}")


async def test_account_whose_source_is_away(
    failing: "Failing", open_failing: OpenTab, theme: Theme, width: int
) -> None:
    await failing.faults({"kind": "unavailable"})
    address = await example(failing.system, "largest hub")
    await failing.system.ask(address)
    tab = await open_failing(f"/sandbox/account/{address}", theme=theme, width=width)
    await expect(tab.page.get_by_role("button", name="Cancel")).to_be_visible()
    await expect(tab.page.locator("[data-waits]")).to_be_visible(timeout=60_000)
    await is_fine(tab, f"account-waits-{theme}-{width}")


async def test_account_whose_mapping_failed(
    failing: "Failing", open_failing: OpenTab, theme: Theme, width: int
) -> None:
    failing.public.refuses = True
    request = await failing.system.ask(REFUSED, "public")
    if request:
        await failing.system.completed(request, "public")
    tab = await open_failing(f"/public/account/{REFUSED}?tab=stages", theme=theme, width=width)
    await expect(tab.page.get_by_role("heading", name="Mapping this account failed")).to_be_visible()
    await is_fine(tab, f"account-failed-{theme}-{width}")
